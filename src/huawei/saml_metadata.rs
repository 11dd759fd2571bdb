//! SAML metadata: read of an identity provider, written of the service provider. Source: SAML 2.0
//! metadata, `EntityDescriptor`.

use roxmltree::{Document, Node};

use crate::domain::{Certificate, NewIdentityProvider};

const SAML: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
const SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";
const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";

/// What the metadata of a provider says; `None` where it is no such thing, or where it lacks a place
/// to sign in, or a certificate to know its signatures by. A document type is refused by the parser.
pub fn read(text: &str) -> Option<NewIdentityProvider> {
    let document = Document::parse(text).ok()?;
    let entity = document.root_element();
    if !entity.has_tag_name((SAML, "EntityDescriptor")) {
        return None;
    }
    let provider = child(entity, "IDPSSODescriptor")?;
    // The binding that the service posts by, or else the first that there is.
    let mut places = children(provider, "SingleSignOnService");
    let post = places.clone().find(|place| place.attribute("Binding") == Some(POST));
    let place = post.or_else(|| places.next())?;
    let signing = |key: &Node<'_, '_>| key.attribute("use").is_none_or(|kind| kind == "signing");
    let keys = children(provider, "KeyDescriptor").filter(signing);
    let certificates = keys.flat_map(|key| key.descendants());
    let certificates =
        certificates.filter(|node| node.has_tag_name((SIGNATURE, "X509Certificate")));
    let certificates: Option<Vec<_>> =
        certificates.map(|node| Certificate::from_base64(node.text()?)).collect();
    Some(NewIdentityProvider {
        entity_id: entity.attribute("entityID").filter(|id| !id.is_empty())?.to_owned(),
        login_url: place.attribute("Location").filter(|url| !url.is_empty())?.to_owned(),
        want_request_signed: matches!(
            provider.attribute("WantAuthnRequestsSigned"),
            Some("true" | "1")
        ),
        certificates: certificates.filter(|certificates| !certificates.is_empty())?,
    })
}

fn children<'a, 'i: 'a>(
    node: Node<'a, 'i>,
    name: &'static str,
) -> impl Iterator<Item = Node<'a, 'i>> + Clone {
    node.children().filter(move |child| child.has_tag_name((SAML, name)))
}

fn child<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> Option<Node<'a, 'i>> {
    children(node, name).next()
}

/// The metadata of the service provider. No text of the client's is in it: nothing to escape.
pub fn write(issuer: &str, acs_url: &str, certificate: Option<&Certificate>) -> String {
    let key = certificate.map(|certificate| {
        let text = certificate.base64();
        format!(
            r#"<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="{SIGNATURE}"><ds:X509Data><ds:X509Certificate>{text}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"#
        )
    });
    let (key, signed) = (key.as_deref().unwrap_or_default(), key.is_some());
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><md:EntityDescriptor xmlns:md="{SAML}" entityID="{issuer}"><md:SPSSODescriptor AuthnRequestsSigned="{signed}" WantAssertionsSigned="true" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">{key}<md:AssertionConsumerService Binding="{POST}" Location="{acs_url}" index="0" isDefault="true"/></md:SPSSODescriptor></md:EntityDescriptor>"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;

    fn metadata(certificate: &str, sign_on: &str) -> String {
        format!(
            r#"<EntityDescriptor xmlns="{SAML}" entityID="https://idp.example.com"><IDPSSODescriptor WantAuthnRequestsSigned="true"><KeyDescriptor use="signing"><KeyInfo xmlns="{SIGNATURE}"><X509Data><X509Certificate>
{certificate}
</X509Certificate></X509Data></KeyInfo></KeyDescriptor>{sign_on}</IDPSSODescriptor></EntityDescriptor>"#
        )
    }

    #[test]
    fn a_provider_is_read_from_its_metadata() {
        let drawn = Certificate::drawn("idp", Timestamp(0), Timestamp(1_000_000), || 7);
        let drawn = drawn.expect("a certificate");
        let places = format!(
            r#"<SingleSignOnService Binding="other" Location="https://a"/><SingleSignOnService Binding="{POST}" Location="https://b"/>"#
        );
        let found = read(&metadata(&drawn.base64(), &places)).expect("metadata");
        assert_eq!(found.entity_id, "https://idp.example.com");
        assert_eq!(found.login_url, "https://b");
        assert!(found.want_request_signed);
        assert_eq!(found.certificates, std::slice::from_ref(&drawn));
        for odd in [
            metadata(&drawn.base64(), ""),
            metadata("bm90IG9uZQ==", &places),
            format!("<!DOCTYPE x>{}", metadata(&drawn.base64(), &places)),
            write("https://sp", "https://sp/acs", Some(&drawn)),
            "text".to_owned(),
        ] {
            assert_eq!(read(&odd), None, "{odd}");
        }
    }

    #[test]
    fn depth_is_no_danger() {
        let deep = |times: usize| "<a>".repeat(times) + &"</a>".repeat(times);
        assert_eq!(read(&"<a>".repeat(300_000)), None);
        assert_eq!(read(&deep(140_000)), None);
        let wide = format!("<a {}/>", (0..5_000).map(|n| format!("b{n}='' ")).collect::<String>());
        assert_eq!(read(&wide), None);
    }
}
