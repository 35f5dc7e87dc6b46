use proptest::prelude::*;

use super::*;

#[derive(Debug, PartialEq)]
enum Outcome {
    Answer(u16, u64, bool),
    Incomplete,
    Malformed(String),
}

/// Feeds `pieces`, then closes the connection.
fn decode(pieces: &[&[u8]], head_request: bool) -> Outcome {
    let mut decoder = Decoder::default();
    decoder.begin(head_request);
    let mut answer = None;
    for piece in pieces {
        if let Some(earlier) = answer.take() {
            // What comes after the end spoils the connection; the lane notices that before its next request.
            answer = Some(Answer { keep_alive: false, ..earlier });
            continue;
        }
        match decoder.feed(piece) {
            Ok(found) => answer = found,
            Err(error) => return Outcome::Malformed(error.to_string()),
        }
    }
    match answer.or_else(|| decoder.close()) {
        Some(answer) => Outcome::Answer(answer.status, answer.body, answer.keep_alive),
        None => Outcome::Incomplete,
    }
}

fn malformed(text: &str) -> Outcome {
    Outcome::Malformed(text.to_owned())
}

fn cases() -> Vec<(&'static str, bool, Outcome)> {
    use Outcome::{Answer, Incomplete};
    vec![
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", false, Answer(200, 5, true)),
        ("HTTP/1.1 200 OK\r\ncontent-length:0\r\n\r\n", false, Answer(200, 0, true)),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", false, Incomplete),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", true, Answer(200, 0, true)),
        ("HTTP/1.1 204 No Content\r\n\r\n", false, Answer(204, 0, true)),
        ("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", false, Answer(304, 0, true)),
        ("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi", false, Answer(200, 2, false)),
        ("HTTP/1.1 200 OK\r\nConnection: x, Close\r\n\r\nuntil the end", false, Answer(200, 13, false)),
        ("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", false, Answer(200, 2, false)),
        (
            "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi",
            false,
            Answer(200, 2, true),
        ),
        (
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
            false,
            Answer(200, 1, true),
        ),
        ("HTTP/1.1 101 Switching Protocols\r\n\r\n", false, Answer(101, 0, false)),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;a=\"b\"\r\n!\r\n0\r\n\r\n",
            false,
            Answer(200, 6, true),
        ),
        (
            "HTTP/1.1 500 Oops\r\nTransfer-Encoding: gzip, Chunked\r\n\r\nA\r\n0123456789\r\n0\r\nX-T: 1\r\nY: 2\r\n\r\n",
            false,
            Answer(500, 10, true),
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
            false,
            Answer(200, 0, false),
        ),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", false, Incomplete),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi!", false, Answer(200, 2, false)),
        ("HTTP/1.1 200 OK\r\n", false, Incomplete),
        ("", false, Incomplete),
        ("SSH-2.0-OpenSSH\r\n", false, malformed("invalid http version")),
        ("HTTP/1.1 abc OK\r\n\r\n", false, malformed("invalid response status")),
        ("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", false, malformed("invalid content-length")),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
            false,
            malformed("invalid content-length"),
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            false,
            malformed("invalid content-length"),
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n",
            false,
            malformed("invalid chunk size"),
        ),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", false, malformed("invalid chunk size")),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
            false,
            malformed("invalid chunk size"),
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
            false,
            malformed("chunk without its final line break"),
        ),
    ]
}

#[test]
fn responses_are_decoded() {
    for (text, head_request, expected) in cases() {
        assert_eq!(decode(&[text.as_bytes()], head_request), expected, "{text:?}");
    }
}

#[test]
fn it_does_not_matter_how_the_network_cuts() {
    for (text, head_request, expected) in cases() {
        let bytes: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
        assert_eq!(decode(&bytes, head_request), expected, "{text:?}");
        for cut in 0..text.len() {
            let (left, right) = text.as_bytes().split_at(cut);
            assert_eq!(decode(&[left, right], head_request), expected, "{text:?} at {cut}");
        }
    }
}

#[test]
fn endless_heads_trailers_and_chunk_lines_end_in_bounded_memory() {
    let cases = [
        ("HTTP/1.1 200 OK\r\nX: ", "a", "head longer than 64 KiB"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "a", "head longer than 64 KiB"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "a: b\r\n", "head longer than 64 KiB"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", "a", "invalid chunk size"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "0", "invalid chunk size"),
    ];
    for (start, endless, message) in cases {
        let mut decoder = Decoder::default();
        decoder.begin(false);
        assert_eq!(decoder.feed(start.as_bytes()), Ok(None));
        let piece = endless.repeat(1000);
        let end = (0..100).find_map(|_| decoder.feed(piece.as_bytes()).err());
        assert_eq!(end.map(|error| error.to_string()).as_deref(), Some(message), "{start:?}");
        assert!(decoder.head.capacity() <= 4 * HEAD_MAX);
    }
}

proptest! {
    #[test]
    fn any_bytes_in_any_pieces_come_to_the_same_end(
        case in 0usize..28,
        noise in prop::collection::vec(any::<u8>(), 0..40),
        at in any::<prop::sample::Index>(),
        sizes in prop::collection::vec(1usize..30, 1..60),
    ) {
        let (text, head_request, _) = &cases()[case];
        let mut bytes = text.as_bytes().to_vec();
        let at = at.index(bytes.len() + 1);
        bytes.splice(at..at, noise);
        let mut pieces = Vec::new();
        let mut rest = &bytes[..];
        for size in sizes.iter().cycle() {
            if rest.is_empty() { break; }
            let (piece, tail) = rest.split_at((*size).min(rest.len()));
            pieces.push(piece);
            rest = tail;
        }
        prop_assert_eq!(decode(&pieces, *head_request), decode(&[&bytes], *head_request));
    }
}
