//! Splits `12.5MiB` into number and unit without losing precision.

/// Digits before and after the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decimal<'a> {
    whole: &'a str,
    fraction: &'a str,
}

impl<'a> Decimal<'a> {
    /// Takes the leading decimal number off `text`; `None` when there is none.
    pub(super) fn take(text: &'a str) -> Option<(Self, &'a str)> {
        let digits = |s: &str| s.bytes().take_while(u8::is_ascii_digit).count();
        let whole_len = digits(text);
        let (whole, mut rest) = text.split_at(whole_len);
        let mut fraction = "";
        if let Some(after) = rest.strip_prefix('.') {
            let len = digits(after);
            (fraction, rest) = after.split_at(len);
        }
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        Some((Decimal { whole, fraction }, rest))
    }

    /// The number times `unit`, rounded to the nearest integer; `None` when it does not fit.
    pub(super) fn times(self, unit: u128) -> Option<u128> {
        let whole: u128 = if self.whole.is_empty() { 0 } else { self.whole.parse().ok()? };
        let mut total = whole.checked_mul(unit)?;
        // Beyond 15 digits a fraction cannot change a result that is counted in nanoseconds or bytes.
        let fraction = self.fraction.get(..15).unwrap_or(self.fraction);
        if !fraction.is_empty() {
            let scale = 10_u128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
            let part: u128 = fraction.parse().ok()?;
            let scaled = part.checked_mul(unit)?;
            total = total.checked_add(scaled.checked_add(scale / 2)? / scale)?;
        }
        Some(total)
    }

    /// Whether the number has no digits after the point.
    pub(super) fn is_whole(self) -> bool {
        self.fraction.is_empty()
    }
}

/// The leading letters of `text` and what follows them.
pub(super) fn take_unit(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_alphabetic()).unwrap_or(text.len());
    text.split_at(end)
}
