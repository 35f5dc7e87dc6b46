use super::*;

/// RFC 4231, test case 2.
#[tokio::test]
async fn a_body_is_signed_by_the_key_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    let name = http::HeaderName::from_static("x-servo-signature");
    let header = SecretHeader { name, form: SecretForm::HmacSha256, file: file.clone() };
    std::fs::write(&file, "Jefe\n").unwrap();
    let signed = value(&header, b"what do ya want for nothing?").await.unwrap();
    let expected = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    assert_eq!((signed.to_str().unwrap(), signed.is_sensitive()), (expected, true));
    std::fs::write(&file, "\n").unwrap();
    let error = value(&header, b"").await.unwrap_err();
    assert!(error.text.contains("is empty"), "{error:?}");
}
