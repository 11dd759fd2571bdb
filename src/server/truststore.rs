//! Encodes trusted certificates as a PKCS#12 file, the truststore format of Java.
//!
//! Certificates are not secret, so the file is neither encrypted nor authenticated. It opens with any password.
//!
//! Source: RFC 7292; the attribute that marks a certificate as trusted is `keytool`'s.

use tokio_rustls::rustls::pki_types::CertificateDer;
use yasna::models::ObjectIdentifier;
use yasna::{DERWriter, Tag, construct_der};

const DATA: &[u64] = &[1, 2, 840, 113_549, 1, 7, 1];
const CERTIFICATE_BAG: &[u64] = &[1, 2, 840, 113_549, 1, 12, 10, 1, 3];
const X509_CERTIFICATE: &[u64] = &[1, 2, 840, 113_549, 1, 9, 22, 1];
const FRIENDLY_NAME: &[u64] = &[1, 2, 840, 113_549, 1, 9, 20];
const TRUSTED_KEY_USAGE: &[u64] = &[2, 16, 840, 1, 113_894, 746_875, 1, 1];
const ANY_EXTENDED_KEY_USAGE: &[u64] = &[2, 5, 29, 37, 0];

/// The version of PKCS#12.
const VERSION: u8 = 3;

/// Encodes a PKCS#12 file with these certificates.
pub(super) fn truststore(certificates: &[CertificateDer<'_>]) -> Vec<u8> {
    let bags = construct_der(|writer| {
        writer.write_sequence_of(|bags| {
            for (number, certificate) in (1..).zip(certificates) {
                bag(bags.next(), &format!("idouble-{number}"), certificate);
            }
        });
    });
    let contents = construct_der(|writer| {
        writer.write_sequence_of(|contents| data(contents.next(), &bags));
    });
    construct_der(|writer| {
        writer.write_sequence(|file| {
            file.next().write_u8(VERSION);
            data(file.next(), &contents);
        });
    })
}

/// Writes content without encryption.
fn data(writer: DERWriter<'_>, bytes: &[u8]) {
    writer.write_sequence(|content| {
        content.next().write_oid(&oid(DATA));
        content.next().write_tagged(Tag::context(0), |writer| writer.write_bytes(bytes));
    });
}

fn bag(writer: DERWriter<'_>, name: &str, certificate: &[u8]) {
    writer.write_sequence(|bag| {
        bag.next().write_oid(&oid(CERTIFICATE_BAG));
        bag.next().write_tagged(Tag::context(0), |writer| {
            writer.write_sequence(|value| {
                value.next().write_oid(&oid(X509_CERTIFICATE));
                value
                    .next()
                    .write_tagged(Tag::context(0), |writer| writer.write_bytes(certificate));
            });
        });
        bag.next().write_set_of(|attributes| {
            attribute(attributes.next(), FRIENDLY_NAME, |value| value.write_bmp_string(name));
            attribute(attributes.next(), TRUSTED_KEY_USAGE, |value| {
                value.write_oid(&oid(ANY_EXTENDED_KEY_USAGE));
            });
        });
    });
}

fn attribute(writer: DERWriter<'_>, id: &[u64], write: impl FnOnce(DERWriter<'_>)) {
    writer.write_sequence(|attribute| {
        attribute.next().write_oid(&oid(id));
        attribute.next().write_set_of(|values| write(values.next()));
    });
}

fn oid(parts: &[u64]) -> ObjectIdentifier {
    ObjectIdentifier::from_slice(parts)
}
