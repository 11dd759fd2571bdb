//! Response bodies that are written while they are sent.

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::{BoxStream, unfold};
use tokio::task::spawn_blocking;

/// Size from which a chunk is sent, in bytes.
const CHUNK_BYTES: usize = 64 * 1024;

/// Streams the pieces of an iterator. The iterator runs off the request threads, one chunk at a time, and
/// only as fast as the client reads.
pub(super) fn off_thread(
    pieces: impl Iterator<Item = Vec<u8>> + Send + 'static,
) -> BoxStream<'static, Bytes> {
    unfold(Some(pieces), |pieces| async {
        let mut pieces = pieces?;
        let next = spawn_blocking(move || {
            let chunk = next_chunk(&mut pieces);
            (chunk, pieces)
        });
        match next.await {
            Ok((chunk, _)) if chunk.is_empty() => None,
            Ok((chunk, pieces)) => Some((Bytes::from(chunk), Some(pieces))),
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            // The runtime shuts down, and the connection with it.
            Err(_) => None,
        }
    })
    .boxed()
}

/// The next pieces, joined until they reach [`CHUNK_BYTES`]; empty at the end.
fn next_chunk(pieces: &mut impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
    let mut chunk = pieces.next().unwrap_or_default();
    while chunk.len() < CHUNK_BYTES
        && let Some(piece) = pieces.next()
    {
        chunk.extend(piece);
    }
    chunk
}
