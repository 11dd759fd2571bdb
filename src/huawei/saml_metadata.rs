//! Reads the SAML metadata of identity providers and writes that of the service provider. Source: SAML 2.0
//! metadata, `EntityDescriptor`.

use roxmltree::{Document, Node};

use crate::domain::{Certificate, NewIdentityProvider};

const SAML: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
const SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";
const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";

/// Parses the metadata of an identity provider. Returns `None` if it is invalid or lacks a sign-in URL or
/// a signing certificate. The parser rejects document type declarations.
pub fn read(text: &str) -> Option<NewIdentityProvider> {
    let document = Document::parse(text).ok()?;
    let entity = document.root_element();
    if !entity.has_tag_name((SAML, "EntityDescriptor")) {
        return None;
    }
    let provider = child(entity, "IDPSSODescriptor")?;
    // Prefers the HTTP-POST binding.
    let mut endpoints = children(provider, "SingleSignOnService");
    let post = endpoints.clone().find(|endpoint| endpoint.attribute("Binding") == Some(POST));
    let endpoint = post.or_else(|| endpoints.next())?;
    let signing = |key: &Node<'_, '_>| key.attribute("use").is_none_or(|kind| kind == "signing");
    let keys = children(provider, "KeyDescriptor").filter(signing);
    let certificates = keys.flat_map(|key| key.descendants());
    let certificates =
        certificates.filter(|node| node.has_tag_name((SIGNATURE, "X509Certificate")));
    let certificates: Option<Vec<_>> =
        certificates.map(|node| Certificate::from_base64(node.text()?)).collect();
    Some(NewIdentityProvider {
        entity_id: entity.attribute("entityID").filter(|id| !id.is_empty())?.to_owned(),
        login_url: endpoint.attribute("Location").filter(|url| !url.is_empty())?.to_owned(),
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

/// Writes the metadata of the service provider. No argument contains client text, so nothing is escaped.
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
    fn read_accepts_only_complete_provider_metadata() {
        let certificate = Certificate::generate("idp", Timestamp(0), Timestamp(1_000_000), || 7);
        let certificate = certificate.expect("a certificate");
        let endpoints = format!(
            r#"<SingleSignOnService Binding="other" Location="https://a"/><SingleSignOnService Binding="{POST}" Location="https://b"/>"#
        );
        let provider = read(&metadata(&certificate.base64(), &endpoints)).expect("metadata");
        assert_eq!(provider.entity_id, "https://idp.example.com");
        assert_eq!(provider.login_url, "https://b");
        assert!(provider.want_request_signed);
        assert_eq!(provider.certificates, std::slice::from_ref(&certificate));
        for odd in [
            metadata(&certificate.base64(), ""),
            metadata("bm90IG9uZQ==", &endpoints),
            format!("<!DOCTYPE x>{}", metadata(&certificate.base64(), &endpoints)),
            write("https://sp", "https://sp/acs", Some(&certificate)),
            "text".to_owned(),
        ] {
            assert_eq!(read(&odd), None, "{odd}");
        }
    }

    #[test]
    fn read_survives_deep_and_wide_documents() {
        let deep = |times: usize| "<a>".repeat(times) + &"</a>".repeat(times);
        assert_eq!(read(&"<a>".repeat(300_000)), None);
        assert_eq!(read(&deep(140_000)), None);
        let wide = format!("<a {}/>", (0..5_000).map(|n| format!("b{n}='' ")).collect::<String>());
        assert_eq!(read(&wide), None);
    }
}
