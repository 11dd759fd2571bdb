//! Certificates: DER, base64 or PEM.

use idouble::internal::domain::{Certificate, Timestamp};

/// A certificate is the same after it was written and read.
pub fn check(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let certificates = [
        Certificate::from_der(input),
        Certificate::from_base64(&text),
        Certificate::from_pem(&text),
    ];
    for certificate in certificates.into_iter().flatten() {
        assert_eq!(Certificate::from_pem(certificate.pem()).as_ref(), Some(&certificate));
        let again = Certificate::from_base64(&certificate.base64()).expect("it is base64 of DER");
        assert_eq!(again.base64(), certificate.base64());
        assert_eq!(again.public_key_base64(), certificate.public_key_base64());
        assert_eq!(again.is_expired(Timestamp(0)), certificate.is_expired(Timestamp(0)));
    }
}
