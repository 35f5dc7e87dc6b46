use proptest::prelude::*;

use super::*;

#[test]
fn the_next_page_is_found() {
    for (header, expected) in [
        ("</v2/a/tags/list?last=b&n=1>; rel=\"next\"", Some("/v2/a/tags/list?last=b&n=1")),
        ("<https://x/?a=1,2;3>;rel=next", Some("https://x/?a=1,2;3")),
        ("<a>; rel=\"prev\", <b>; title=\"x\"; REL=\"last Next\"", Some("b")),
        ("<a>; rel=\"prev\"", None),
        ("<a", None),
        ("a>; rel=next", None),
        ("", None),
    ] {
        assert_eq!(next(header), expected, "{header}");
    }
}

proptest! {
    #[test]
    fn any_header_is_read(header in "[<>;=\", a-zé]{0,500}") {
        let _ = next(&header);
    }
}
