//! The console: pages for a browser that show what happens, served from the binary.
//!
//! The pages are files of this folder. They call the control API and have no other source of data.

use bytes::Bytes;
use http::header::{
    ACCEPT, AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION,
    REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};

use crate::dialect::Head;

/// The path of the first page. All files are below it.
pub const PATH: &str = "/_idouble/console/";

/// Scripts and styles come from the server's own files only, and no text becomes markup.
const SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'; require-trusted-types-for 'script'";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// A file of the console.
struct ConsoleFile {
    /// The path below [`PATH`].
    path: &'static str,
    content_type: &'static str,
    text: &'static str,
}

macro_rules! page {
    ($path:literal, $file:literal, $content_type:expr) => {
        ConsoleFile { path: $path, content_type: $content_type, text: include_str!($file) }
    };
}

const PAGES: &[ConsoleFile] = &[
    page!("", "index.html", HTML),
    page!("style.css", "style.css", CSS),
    page!("icon.svg", "icon.svg", SVG),
    page!("app.js", "app.js", SCRIPT),
    page!("route.js", "route.js", SCRIPT),
    page!("api.js", "api.js", SCRIPT),
    page!("dom.js", "dom.js", SCRIPT),
    page!("entry.js", "entry.js", SCRIPT),
    page!("requests.js", "requests.js", SCRIPT),
    page!("directory.js", "directory.js", SCRIPT),
    page!("faults.js", "faults.js", SCRIPT),
    page!("rule.js", "rule.js", SCRIPT),
    page!("state.js", "state.js", SCRIPT),
    page!("about.js", "about.js", SCRIPT),
];

/// Answers a request for the console, and redirects a browser that opens `/` to it. `None` if the request
/// is for another part of the server.
pub fn respond(head: &Head) -> Option<Response<Bytes>> {
    let path = head.uri.path();
    if is_browser_at_root(head) {
        return Some(redirect(StatusCode::SEE_OTHER));
    }
    let name = match path.strip_prefix(PATH) {
        Some(name) => name,
        None if path == PATH.trim_end_matches('/') => {
            return Some(redirect(StatusCode::PERMANENT_REDIRECT));
        }
        None => return None,
    };
    if ![Method::GET, Method::HEAD].contains(&head.method) {
        return Some(plain(
            StatusCode::METHOD_NOT_ALLOWED,
            "the console supports GET and HEAD only",
        ));
    }
    let Some(page) = PAGES.iter().find(|page| page.path == name) else {
        return Some(plain(StatusCode::NOT_FOUND, "the console has no such file"));
    };
    let mut response = Response::new(Bytes::from_static(page.text.as_bytes()));
    add_headers(response.headers_mut(), page.content_type);
    Some(response)
}

/// Whether a browser opens the server's address. A request of a cloud has a signature, a target, a query or
/// a body.
fn is_browser_at_root(head: &Head) -> bool {
    let accepts_html = || {
        let mut accepted = head.headers.get_all(ACCEPT).iter();
        accepted.any(|value| value.to_str().is_ok_and(|value| value.contains("text/html")))
    };
    let is_cloud = |name: &str| name == AUTHORIZATION || name.starts_with("x-");
    [Method::GET, Method::HEAD].contains(&head.method)
        && head.uri.path() == "/"
        && head.uri.query().is_none()
        && accepts_html()
        && !head.headers.keys().any(|name| is_cloud(name.as_str()))
}

fn redirect(status: StatusCode) -> Response<Bytes> {
    let mut response = plain(status, "");
    response.headers_mut().insert(LOCATION, HeaderValue::from_static(PATH));
    response.headers_mut().insert(VARY, HeaderValue::from_static("accept"));
    response
}

fn plain(status: StatusCode, text: &'static str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(text.as_bytes()));
    *response.status_mut() = status;
    add_headers(response.headers_mut(), "text/plain; charset=utf-8");
    response
}

fn add_headers(headers: &mut HeaderMap, content_type: &'static str) {
    let values = [
        (CONTENT_TYPE, content_type),
        (CONTENT_SECURITY_POLICY, SECURITY_POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        // A page of another origin cannot load them as scripts or images, either.
        (CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"),
        // Another version of the binary has other files under the same names.
        (CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in values {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

const CROSS_ORIGIN_RESOURCE_POLICY: http::HeaderName =
    http::HeaderName::from_static("cross-origin-resource-policy");

#[cfg(test)]
mod tests {
    use super::*;

    /// All files as served, in bytes.
    const SIZE_MAX: usize = 60_000;

    #[test]
    fn files_are_small_and_load_nothing_from_elsewhere() {
        let size: usize = PAGES.iter().map(|page| page.text.len()).sum();
        assert!(size < SIZE_MAX, "{size} bytes");
        for page in PAGES {
            assert!(!page.text.contains("https://"), "{}", page.path);
            assert!(!page.text.contains("innerHTML"), "{}", page.path);
        }
    }

    #[test]
    fn root_is_redirected_for_browsers_only() {
        let redirected =
            |method: Method, target: &str, headers: &[(&'static str, &'static str)]| {
                let mut request = http::Request::builder().method(method).uri(target);
                for (name, value) in headers {
                    request = request.header(*name, *value);
                }
                let (head, ()) = request.body(()).expect("a valid request").into_parts();
                respond(&head).is_some_and(|response| response.headers().contains_key(LOCATION))
            };
        let html = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        assert!(redirected(Method::GET, "/", &[html]));
        assert!(redirected(Method::GET, "/_idouble/console", &[]));
        assert!(!redirected(Method::GET, "/", &[]));
        assert!(!redirected(Method::GET, "/", &[("accept", "*/*")]));
        assert!(!redirected(Method::POST, "/", &[html]));
        assert!(!redirected(Method::GET, "/?Action=ListUsers", &[html]));
        assert!(!redirected(Method::GET, "/v1/identity-stores/d-1/users", &[html]));
        assert!(!redirected(
            Method::GET,
            "/",
            &[html, ("x-amz-target", "AWSIdentityStore.ListUsers")]
        ));
        assert!(!redirected(Method::GET, "/", &[html, ("authorization", "AWS4-HMAC-SHA256 …")]));
    }
}
