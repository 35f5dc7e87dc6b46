//! Times on the command line.

use jiff::Timestamp;
use servo_config::quantity::parse_duration;

use super::rows::unix;

/// Unix seconds of RFC 3339, of Unix seconds, or of `+` and a duration from now.
pub(super) fn when(text: &str) -> Result<u64, String> {
    let wrong = |why: &str| {
        format!("`{text}` is no time: {why}; write for example 2026-11-21T22:00:00Z, 1795298400 or +2h")
    };
    if let Some(duration) = text.strip_prefix('+') {
        let duration = parse_duration(duration).map_err(|error| wrong(&error.reason))?;
        return Ok(unix() + duration.as_secs());
    }
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = text.parse().map_err(|_| wrong("it is too large"))?;
        return if seconds == 0 { Err(wrong("0 means none")) } else { Ok(seconds) };
    }
    let time: Timestamp = text.parse().map_err(|_| wrong("it is not RFC 3339"))?;
    u64::try_from(time.as_second())
        .ok()
        .filter(|seconds| *seconds > 0)
        .ok_or_else(|| wrong("it lies before 1970"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_forms() {
        for (text, seconds) in [
            ("2026-11-21T22:00:00Z", 1_795_298_400),
            ("2026-11-22T00:00:00+02:00", 1_795_298_400),
            ("1795298400", 1_795_298_400),
        ] {
            assert_eq!(when(text), Ok(seconds), "{text}");
        }
        let (before, later, after) = (unix(), when("+2h").unwrap(), unix());
        assert!((before + 7200..=after + 7200).contains(&later));
        for wrong in
            ["", "+", "soon", "+2", "-1", "0", "1960-01-01T00:00:00Z", "99999999999999999999", "2026-11-21"]
        {
            let error = when(wrong).unwrap_err();
            assert!(error.contains("is no time") && error.contains("+2h"), "{error}");
        }
    }
}
