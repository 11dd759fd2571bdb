//! Where one request ends and the next begins, read from the raw bytes of a connection.
//!
//! hyper frames requests too, but it hides what has to be refused: given `Content-Length` and
//! `Transfer-Encoding` together it drops the former before anybody sees it, two equal lengths it
//! makes one, and of several encodings it reads the last. An intermediary that frames by the other
//! header than we do is how requests are smuggled, so those are refused. This follows the bytes beside
//! hyper, one pass, nothing copied unless a line is cut in two by the network. Knows no socket.

/// How much of a line is kept while its end has not arrived. Longer than any length worth reading.
const PARTIAL_BYTES_MAX: usize = 256;

/// How long a request line may be until it is cut: the parser answers one word to a longer target.
const LINE_BYTES_MAX: usize = 65_534;

/// What is wrong with how a request is framed or sized.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Misframed {
    /// `Content-Length` beside `Transfer-Encoding`.
    LengthAndEncoding,
    /// More than one `Content-Length`, equal or not, or one that is no number.
    Length,
    /// A `Transfer-Encoding` that is not `chunked`, or not that alone.
    Encoding,
    /// A head of more bytes, or more headers, than there may be.
    HeadTooLarge,
}

/// A request that is framed wrongly.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wrong {
    /// What is wrong with it.
    pub how: Misframed,
    /// Where in the bytes the head has to be ended, because the parser takes no more headers, or no
    /// longer target, and would not let us answer.
    pub cut: Option<Cut>,
}

/// Where a head is ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cut {
    /// After so many bytes, or somewhat earlier.
    pub at: usize,
    /// What ends it there.
    pub end: &'static [u8],
}

/// Follows one connection's incoming bytes.
#[derive(Debug)]
pub struct Framing {
    place: Place,
    head_bytes_max: usize,
    headers_max: usize,
    /// How many heads have ended.
    heads: u64,
    /// The head that is being read.
    head: Head,
    /// The start of a line whose end has not arrived.
    partial: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    /// Before the first byte of a request.
    Between,
    /// Within a head.
    Head,
    /// Within a body of which so many bytes are to come.
    Body(u64),
    /// Nothing is followed any more: the connection ends with the request that was read last.
    Lost,
}

#[derive(Default, Debug)]
struct Head {
    bytes: usize,
    /// The request line and the headers.
    lines: usize,
    length: u64,
    lengths: u32,
    encodings: u32,
    bad_length: bool,
    bad_encoding: bool,
}

impl Framing {
    /// The start of a connection.
    pub fn new(head_bytes_max: usize, headers_max: usize) -> Self {
        Self {
            place: Place::Between,
            head_bytes_max,
            headers_max,
            heads: 0,
            head: Head::default(),
            partial: Vec::new(),
        }
    }

    /// How many heads have ended.
    pub fn heads(&self) -> u64 {
        self.heads
    }

    /// Whether part of a head has arrived, and not the rest.
    pub fn in_head(&self) -> bool {
        self.place == Place::Head
    }

    /// Goes on with `bytes`. Tells what is wrong with the head that ends in them, if anything is:
    /// that of request number [`Framing::heads`], from 1. Nothing after it is followed.
    pub fn scan(&mut self, all: &[u8]) -> Option<Wrong> {
        let mut bytes = all;
        while !bytes.is_empty() {
            match self.place {
                Place::Lost => return None,
                Place::Body(left) => {
                    let here = left.min(bytes.len() as u64);
                    // Not more than what is there, so it fits.
                    bytes = &bytes[here as usize..];
                    self.place = match left - here {
                        0 => Place::Between,
                        left => Place::Body(left),
                    };
                }
                Place::Between | Place::Head => {
                    let start = all.len() - bytes.len();
                    let whole = self.partial.is_empty();
                    let line = (self.head.lines == 0).then_some(self.head.bytes);
                    if let Some(how) = self.scan_line(&mut bytes) {
                        self.place = Place::Lost;
                        return Some(Wrong { how, cut: None });
                    }
                    let room = line.map(|before| LINE_BYTES_MAX.saturating_sub(before));
                    let cut = match room {
                        Some(room) if all.len() - bytes.len() - start > room => {
                            Cut { at: start + room, end: b" HTTP/1.1\r\n\r\n" }
                        }
                        // A line that began in bytes which are gone cannot be taken back: that head
                        // is the parser's to refuse.
                        _ if whole && self.head.lines > self.headers_max + 1 => {
                            Cut { at: start, end: b"\r\n" }
                        }
                        _ => continue,
                    };
                    self.place = Place::Lost;
                    self.heads += 1;
                    return Some(Wrong { how: Misframed::HeadTooLarge, cut: Some(cut) });
                }
            }
        }
        None
    }

    /// Takes one line, or the part of one, off the front of `bytes`.
    fn scan_line(&mut self, bytes: &mut &[u8]) -> Option<Misframed> {
        let all = *bytes;
        let taken = memchr::memchr(b'\n', all).map_or(all.len(), |at| at + 1);
        let line;
        (line, *bytes) = all.split_at(taken);
        self.head.bytes += taken;
        if line.last() != Some(&b'\n') {
            if self.place == Place::Between && line != b"\r" {
                self.place = Place::Head;
            }
            self.keep(line);
            return None;
        }
        if self.partial.is_empty() {
            // Nearly all lines of a head tell nothing about where it or its body ends.
            if self.place == Place::Head
                && !matches!(line[0], b'c' | b'C' | b't' | b'T' | b'\r' | b'\n')
            {
                self.head.lines += 1;
                return None;
            }
            return self.end_line(line);
        }
        self.keep(line);
        let whole = std::mem::take(&mut self.partial);
        let wrong = self.end_line(&whole);
        self.partial = whole;
        self.partial.clear();
        wrong
    }

    fn keep(&mut self, part: &[u8]) {
        let room = PARTIAL_BYTES_MAX.saturating_sub(self.partial.len());
        self.partial.extend_from_slice(&part[..part.len().min(room)]);
    }

    fn end_line(&mut self, line: &[u8]) -> Option<Misframed> {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match (self.place, line.is_empty()) {
            // Empty lines before a request are skipped, as the parser does.
            (Place::Between, true) => {
                self.head = Head::default();
                None
            }
            (Place::Between, false) => {
                self.place = Place::Head;
                self.head.lines = 1;
                None
            }
            (_, true) => self.end_head(),
            (_, false) => {
                self.head.lines += 1;
                self.head.read(line);
                None
            }
        }
    }

    fn end_head(&mut self) -> Option<Misframed> {
        self.heads += 1;
        let head = std::mem::take(&mut self.head);
        self.place = match (head.encodings > 0, head.length) {
            (true, _) => Place::Lost,
            (false, 0) => Place::Between,
            (false, length) => Place::Body(length),
        };
        head.misframed(self.head_bytes_max)
    }
}

impl Head {
    /// Reads a header line.
    fn read(&mut self, line: &[u8]) {
        match line[0] {
            b'c' | b'C' => {
                if let Some(value) = value_of(line, b"content-length") {
                    self.lengths += 1;
                    match number(value) {
                        Some(length) => self.length = length,
                        None => self.bad_length = true,
                    }
                }
            }
            b't' | b'T' => {
                if let Some(value) = value_of(line, b"transfer-encoding") {
                    self.encodings += 1;
                    self.bad_encoding |= !value.eq_ignore_ascii_case(b"chunked");
                }
            }
            _ => {}
        }
    }

    fn misframed(&self, head_bytes_max: usize) -> Option<Misframed> {
        if self.encodings > 0 && self.lengths > 0 {
            Some(Misframed::LengthAndEncoding)
        } else if self.encodings > 1 || self.bad_encoding {
            Some(Misframed::Encoding)
        } else if self.lengths > 1 || self.bad_length {
            Some(Misframed::Length)
        } else if self.bytes > head_bytes_max {
            Some(Misframed::HeadTooLarge)
        } else {
            None
        }
    }
}

/// The value of a header line, if it has that name; `name` in lower case.
fn value_of<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (start, rest) = line.split_at_checked(name.len())?;
    let (colon, value) = rest.split_first()?;
    (*colon == b':' && start.eq_ignore_ascii_case(name)).then(|| value.trim_ascii())
}

fn number(text: &[u8]) -> Option<u64> {
    let digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(text).ok().filter(|_| digits)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX: usize = 64 * 1024;
    const HEADERS_MAX: usize = 4;

    /// What is wrong, with the number of the request; the bytes arriving `step` at a time.
    fn scan(bytes: &[u8], step: usize) -> (u64, Option<Misframed>) {
        let mut framing = Framing::new(MAX, HEADERS_MAX);
        for part in bytes.chunks(step) {
            let wrong = framing.scan(part);
            if wrong.is_some() {
                return (framing.heads(), wrong.map(|wrong| wrong.how));
            }
        }
        (framing.heads(), None)
    }

    #[track_caller]
    fn check(text: &str, heads: u64, wrong: Option<Misframed>) {
        for step in [1, 2, 3, 7, 16, usize::MAX] {
            assert_eq!(scan(text.as_bytes(), step), (heads, wrong), "{text:?} by {step}");
        }
    }

    #[test]
    fn bodies_are_skipped_by_their_length() {
        let one = "POST / HTTP/1.1\r\nHost: a\r\ncontent-LENGTH:  5 \r\n\r\na\n\nb\n";
        let bare = "GET / HTTP/1.1\nHost: a\n\n";
        check(one, 1, None);
        check(&format!("{one}{bare}\r\n{one}"), 3, None);
    }

    #[test]
    fn length_and_encoding_together_are_found_in_either_order() {
        let wrong = Some(Misframed::LengthAndEncoding);
        let te = "Transfer-Encoding: chunked";
        let cl = "Content-Length: 5";
        check(&format!("POST / HTTP/1.1\r\n{te}\r\n{cl}\r\n\r\n"), 1, wrong);
        check(&format!("POST / HTTP/1.1\r\n{cl}\r\nA: b\r\n{te}\r\n\r\n"), 1, wrong);
        check(&format!("GET / HTTP/1.1\r\n\r\nPOST / HTTP/1.1\n{cl}\n{te}\n\n"), 2, wrong);
    }

    #[test]
    fn lengths_have_to_be_one_number() {
        let wrong = Some(Misframed::Length);
        for lines in ["5\r\nContent-Length: 5", "5, 5", "+5", "", "99999999999999999999", "0x5"] {
            check(&format!("POST / HTTP/1.1\r\nContent-Length: {lines}\r\n\r\n"), 1, wrong);
        }
        check("POST / HTTP/1.1\r\nContent-Lengths: x\r\nContent-Length-: 5\r\n\r\n", 1, None);
    }

    #[test]
    fn a_body_is_chunked_once_or_not_encoded() {
        let wrong = Some(Misframed::Encoding);
        let te = "Transfer-Encoding";
        for lines in [
            "gzip, chunked",
            "chunked, chunked",
            "chunked,",
            "x",
            "",
            "chunked\r\nTRANSFER-encoding: chunked",
        ] {
            check(&format!("POST / HTTP/1.1\r\n{te}: {lines}\r\n\r\n"), 1, wrong);
        }
        check(&format!("POST / HTTP/1.1\r\n{te}:Chunked \r\nTE: gzip\r\n\r\n"), 1, None);
    }

    #[test]
    fn nothing_is_followed_after_an_encoded_body() {
        let chunked = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
        check(&format!("{chunked}5\r\nabcde\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n"), 1, None);
    }

    #[test]
    fn large_heads_are_noticed() {
        let long = format!("GET / HTTP/1.1\r\nA: {}", "x".repeat(MAX));
        check(&long, 0, None);
        check(&format!("{long}\r\n\r\n"), 1, Some(Misframed::HeadTooLarge));
    }

    #[test]
    fn a_head_of_too_many_headers_is_cut_before_the_line_that_is_too_much() {
        let head = format!("GET / HTTP/1.1\r\n{}", "A: b\r\n".repeat(HEADERS_MAX));
        check(&format!("{head}\r\n{head}\r\n"), 2, None);
        let mut framing = Framing::new(MAX, HEADERS_MAX);
        let wrong = framing.scan(format!("{head}A: b\r\n\r\n").as_bytes());
        let how = Misframed::HeadTooLarge;
        let cut = Cut { at: head.len(), end: b"\r\n" };
        assert_eq!(wrong, Some(Wrong { how, cut: Some(cut) }));
        assert_eq!(framing.heads(), 1);
    }

    #[test]
    fn a_request_line_is_cut_where_it_gets_too_long() {
        let first = "GET / HTTP/1.1\r\nHost: a\r\n\r\n\r\n";
        let line = |length: usize| format!("{first}GET /{} HTTP/1.1\r\n", "a".repeat(length - 16));
        check(&line(LINE_BYTES_MAX), 1, None);
        check(&line(LINE_BYTES_MAX + 1), 2, Some(Misframed::HeadTooLarge));
        let mut framing = Framing::new(MAX, HEADERS_MAX);
        let text = line(2 * LINE_BYTES_MAX);
        assert_eq!(framing.scan(&text.as_bytes()[..1_000]), None);
        let cut = framing.scan(&text.as_bytes()[1_000..]).and_then(|wrong| wrong.cut);
        assert_eq!(cut.map(|cut| 1_000 + cut.at), Some(first.len() + LINE_BYTES_MAX));
    }
}
