use super::*;

#[test]
fn the_directory_comes_first_and_is_taken_literally() {
    let filters = filters(Path::new("/no/such.dir+x"));
    assert_eq!(filters[0], (r"/no/such\.dir\+x".to_owned(), "[DIR]"));
    assert!(filters.iter().any(|(_, replacement)| replacement.contains("[PORT]")));
}
