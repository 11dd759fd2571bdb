//! Finds the routes of a path.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};

use super::args::Params;
use super::route::Route;

/// The characters that are encoded in a normalized path. Source: RFC 3986 §2.3.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The routes of a dialect by path; a path has one route per method.
#[derive(Debug)]
pub struct Router {
    paths: matchit::Router<Vec<&'static Route>>,
    ignores_empty_segments: bool,
}

impl Router {
    /// # Panics
    /// If two paths of the table collide.
    pub fn new(routes: &'static [Route]) -> Self {
        let mut by_path: Vec<(&str, Vec<&Route>)> = Vec::new();
        for route in routes {
            match by_path.iter_mut().find(|(path, _)| *path == route.path) {
                Some((_, routes)) => routes.push(route),
                None => by_path.push((route.path, vec![route])),
            }
        }
        let mut paths = matchit::Router::new();
        for (path, routes) in by_path {
            paths.insert(path, routes).expect("no two paths of the table collide");
        }
        Self { paths, ignores_empty_segments: false }
    }

    /// Matches paths with additional slashes, which some clients send.
    pub fn ignoring_empty_segments(self) -> Self {
        Self { ignores_empty_segments: true, ..self }
    }

    /// The routes of a path, with the path parameters.
    pub fn find<'p>(
        &'static self,
        path: &'p str,
    ) -> Option<(&'static [&'static Route], Params<'p>)> {
        let is_normalized = !path.contains('%')
            && !(self.ignores_empty_segments && (path.contains("//") || path.ends_with('/')));
        if is_normalized {
            let found = self.paths.at(path).ok()?;
            let params = found.params.iter();
            let params = params.map(|(name, value)| (Cow::Borrowed(name), Cow::Borrowed(value)));
            return Some((found.value, params.collect()));
        }
        let path = self.normalized(path);
        let found = self.paths.at(&path).ok()?;
        // The values are copied because the normalized path is dropped here.
        let params = found.params.iter().map(|(name, value)| {
            let value = percent_decode_str(value).decode_utf8_lossy().into_owned();
            (Cow::Borrowed(name), Cow::Owned(value))
        });
        Some((found.value, params.collect()))
    }

    /// Normalizes the percent-encoding of a path, so that equivalent paths match the same route. Source:
    /// RFC 3986 §6.2.2.
    fn normalized(&self, path: &str) -> String {
        let mut normalized = String::with_capacity(path.len());
        for segment in path.split('/').skip(1) {
            if segment.is_empty() && self.ignores_empty_segments {
                continue;
            }
            let bytes: Vec<u8> = percent_decode_str(segment).collect();
            normalized.push('/');
            normalized.extend(percent_encode(&bytes, ENCODED));
        }
        normalized
    }
}
