/** UTF-8: QuickJS has no `TextDecoder`. */

/** The bytes of a text. */
export function encode(text) {
  const bytes = [];
  for (const char of text) {
    const code = char.codePointAt(0);
    if (code < 0x80) {
      bytes.push(code);
    } else if (code < 0x800) {
      bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    } else if (code < 0x10000) {
      // Half of a pair, which no text should have, has no bytes of its own.
      const unit = code >= 0xd800 && code < 0xe000 ? 0xfffd : code;
      bytes.push(0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 63), 0x80 | (unit & 63));
    } else {
      bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    }
  }
  return new Uint8Array(bytes);
}

/** The text of some bytes; what is not UTF-8 is replaced by `�`. */
export function decode(bytes) {
  const parts = [];
  let units = [];
  for (let at = 0; at < bytes.length; ) {
    const [code, length] = point(bytes, at);
    if (code > 0xffff) {
      units.push(0xd800 + ((code - 0x10000) >> 10), 0xdc00 + ((code - 0x10000) & 0x3ff));
    } else {
      units.push(code);
    }
    at += length;
    // A call takes only so many arguments.
    if (units.length > 4096) {
      parts.push(String.fromCharCode(...units));
      units = [];
    }
  }
  parts.push(String.fromCharCode(...units));
  return parts.join("");
}

const LEAST = [0, 0, 0x80, 0x800, 0x10000];

function point(bytes, at) {
  const first = bytes[at];
  if (first < 0x80) {
    return [first, 1];
  }
  const length = first >= 0xf0 && first < 0xf5 ? 4 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xc2 && first < 0xe0 ? 2 : 0;
  let code = first & (0x7f >> length);
  for (let index = 1; index < length; index += 1) {
    const byte = bytes[at + index];
    if (byte === undefined || (byte & 0xc0) !== 0x80) {
      return [0xfffd, index];
    }
    code = (code << 6) | (byte & 63);
  }
  const wrong = length === 0 || code < LEAST[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000);
  return wrong ? [0xfffd, Math.max(length, 1)] : [code, length];
}
