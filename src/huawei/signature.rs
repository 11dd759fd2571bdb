//! Verifies signatures of Huawei Cloud's API gateway.
//!
//! Source: docs/huawei-behaviour.md §6, and the vectors made with Huawei's SDK that the tests use. Assumed:
//! which headers must be signed, and the texts of error messages.

use std::sync::Arc;

use hkdf::SimpleHkdf;
use http::HeaderName;
use http::header::AUTHORIZATION;
use percent_encoding::percent_decode_str;
use sha2::Sha256;
use sm3::Sm3;

use crate::auth::signature::{
    NO_SECRET, canonical_headers, canonical_query, encoded, equals, hex, hex_digest, hmac,
    parse_compact_time,
};
use crate::auth::{AccessKey, Cloud, Keyring};
use crate::dialect::Request;
use crate::dialect::request::header;
use crate::domain::{SignedText, TimeDifference, Timestamp, Unauthenticated};

/// How long a signature is valid, before and after its time.
const VALID_MS: i64 = 15 * 60_000;

const SDK_DATE: HeaderName = HeaderName::from_static("x-sdk-date");
const AUTH_TOKEN: HeaderName = HeaderName::from_static("x-auth-token");
const SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-security-token");
const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

/// A way to sign.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Algorithm {
    /// With SHA-256.
    Sha256,
    /// With SM3, the hash of the Chinese standard.
    Sm3,
    /// With SHA-256 and a key that is derived for day, region and service.
    DerivedSha256,
}

impl Algorithm {
    fn from_name(name: &str) -> Option<Self> {
        match name {
            "SDK-HMAC-SHA256" => Some(Self::Sha256),
            "SDK-HMAC-SM3" => Some(Self::Sm3),
            "V11-HMAC-SHA256" => Some(Self::DerivedSha256),
            _ => None,
        }
    }

    fn hash(self, text: impl AsRef<[u8]>) -> String {
        match self {
            Self::Sm3 => hex_digest::<Sm3>(text),
            Self::Sha256 | Self::DerivedSha256 => hex_digest::<Sha256>(text),
        }
    }

    /// The header that holds the hash of the body, if the client sends it.
    fn content_hash(self) -> HeaderName {
        HeaderName::from_static(match self {
            Self::Sm3 => "x-sdk-content-sm3",
            Self::Sha256 | Self::DerivedSha256 => "x-sdk-content-sha256",
        })
    }

    fn sign(self, key: &str, text: &str) -> String {
        match self {
            Self::Sm3 => hex(&hmac::<Sm3>(key.as_bytes(), text)),
            Self::Sha256 | Self::DerivedSha256 => hex(&hmac::<Sha256>(key.as_bytes(), text)),
        }
    }
}

/// Verifies the signature of a request. Returns the access key that signed it.
///
/// # Errors
/// What is wrong with the signature.
pub fn verify(
    keys: Keyring<'_>,
    request: &Request,
    now: Timestamp,
) -> Result<Arc<AccessKey>, Unauthenticated> {
    let headers = &request.head.headers;
    let Some(authorization) = header(headers, &AUTHORIZATION) else {
        // Tokens of IAM are not served, so that none is valid.
        let has_token = headers.contains_key(AUTH_TOKEN);
        return Err(match has_token {
            true => Unauthenticated::InvalidToken,
            false => Unauthenticated::MissingToken,
        });
    };
    let incomplete = |text: &str| Unauthenticated::Incomplete(text.to_owned());
    let (name, parameters) = authorization.split_once(' ').unwrap_or((authorization, ""));
    let algorithm = Algorithm::from_name(name)
        .ok_or_else(|| incomplete(&format!("unsupported algorithm {name}")))?;
    let parameter = |name: &str| {
        let mut parameters = parameters.split(',').map(str::trim);
        let found =
            parameters.find_map(|parameter| parameter.strip_prefix(name)?.strip_prefix('='));
        found
            .filter(|value| !value.is_empty())
            .ok_or_else(|| incomplete(&format!("{name} is missing")))
    };
    // The scope is `<day>/<region>/<service>`.
    let (id, scope) = match algorithm {
        Algorithm::DerivedSha256 => {
            let credential = parameter("Credential")?;
            credential.split_once('/').ok_or_else(|| incomplete("Credential has no scope"))?
        }
        Algorithm::Sha256 | Algorithm::Sm3 => (parameter("Access")?, ""),
    };
    let (signed_headers, signature) = (parameter("SignedHeaders")?, parameter("Signature")?);
    let date = header(headers, &SDK_DATE).ok_or_else(|| incomplete("X-Sdk-Date is missing"))?;
    let signed_at =
        parse_compact_time(date).ok_or_else(|| incomplete("X-Sdk-Date is not a time"))?;
    if (now.0 - signed_at.0).abs() > VALID_MS {
        let difference = TimeDifference { signed_at, valid_ms: VALID_MS, now };
        return Err(Unauthenticated::ClockSkew(Some(difference)));
    }
    if algorithm == Algorithm::DerivedSha256 && scope.split('/').next() != date.get(..8) {
        return Err(Unauthenticated::WrongScope("the scope is for another day".to_owned()));
    }
    for name in [SDK_DATE, SECURITY_TOKEN, algorithm.content_hash()] {
        let is_signed = signed_headers.split(';').any(|signed| signed == name.as_str());
        if headers.contains_key(&name) && !is_signed {
            return Err(incomplete(&format!("{name} is not signed")));
        }
    }
    let (canonical_request, shown) = canonical_request(request, algorithm, signed_headers)?;
    let hash = algorithm.hash(&canonical_request);
    let string_to_sign = match algorithm {
        Algorithm::DerivedSha256 => format!("{name}\n{date}\n{scope}\n{hash}"),
        Algorithm::Sha256 | Algorithm::Sm3 => format!("{name}\n{date}\n{hash}"),
    };
    let key = keys.key(id, Cloud::Huawei);
    let secret = key.as_ref().map_or(NO_SECRET, |key| key.secret.as_str());
    let expected = match algorithm {
        Algorithm::DerivedSha256 => {
            algorithm.sign(&derived_key(id, secret, scope), &string_to_sign)
        }
        Algorithm::Sha256 | Algorithm::Sm3 => algorithm.sign(secret, &string_to_sign),
    };
    let matches = equals(&expected, signature);
    let Some(key) = key else { return Err(Unauthenticated::UnknownKey(id.to_owned())) };
    if !matches {
        let signed = SignedText { canonical_request: shown, string_to_sign };
        return Err(Unauthenticated::BadSignature(Some(Box::new(signed))));
    }
    let token = header(headers, &SECURITY_TOKEN).unwrap_or_default();
    if !equals(token, key.session_token.as_deref().unwrap_or_default()) {
        return Err(Unauthenticated::InvalidToken);
    }
    if key.is_expired(now) {
        return Err(Unauthenticated::ExpiredToken);
    }
    Ok(key)
}

/// The key for a day, a region and a service, as hex text.
fn derived_key(id: &str, secret: &str, scope: &str) -> String {
    let mut key = [0; 32];
    let derivation = SimpleHkdf::<Sha256>::new(Some(id.as_bytes()), secret.as_bytes());
    derivation
        .expand(scope.as_bytes(), &mut key)
        .unwrap_or_else(|_| unreachable!("32 bytes are one block"));
    hex(&key)
}

/// The canonical form of the request, and the same with security tokens hidden.
fn canonical_request(
    request: &Request,
    algorithm: Algorithm,
    signed_headers: &str,
) -> Result<(String, String), Unauthenticated> {
    let head = &request.head;
    let trim = |value: &str| value.trim().to_owned();
    let Some((headers, shown)) = canonical_headers(head, signed_headers, trim) else {
        let text = "SignedHeaders names a header that is missing".to_owned();
        return Err(Unauthenticated::Incomplete(text));
    };
    let is_unsigned = header(&head.headers, &algorithm.content_hash()) == Some(UNSIGNED_PAYLOAD);
    let hash = match is_unsigned {
        true => UNSIGNED_PAYLOAD.to_owned(),
        false => algorithm.hash(&request.body),
    };
    // An encoded slash separates segments, too: the path is decoded before it is split.
    let decoded: Vec<u8> = percent_decode_str(head.uri.path()).collect();
    let segments = decoded.split(|byte| *byte == b'/').map(encoded);
    let mut path = segments.collect::<Vec<_>>().join("/");
    if !path.ends_with('/') {
        path.push('/');
    }
    let query = canonical_query(head.uri.query().unwrap_or_default(), |_| false);
    let join = |headers: &str| {
        format!("{}\n{path}\n{query}\n{headers}\n{signed_headers}\n{hash}", head.method)
    };
    Ok((join(&headers), join(&shown)))
}
