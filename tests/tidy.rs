//! The house rules, held by a test: who imports whom, how long things are, what lies where, and that
//! README's table of operations is the routes.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use idouble::aws::{Aws, AwsSettings, Model};
use idouble::huawei::{Huawei, HuaweiSettings};
use idouble::wire::Dialect;

/// Who may import whom, by the name of the module or file right under `src/`. Everybody knows itself.
/// The same table as in DESIGN.md and in the crate's own docs; `lib` only names modules.
const IMPORTS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("document", &[]),
    ("config", &["document"]),
    ("wire", &["domain"]),
    ("aws", &["domain", "wire"]),
    ("huawei", &["domain", "wire"]),
    ("faults", &["domain", "wire", "document"]),
    ("journal", &["domain", "wire"]),
    ("fixture", &["domain", "wire", "document"]),
    ("service", SERVICE),
    ("control", CONTROL),
    ("server", SERVER),
    ("emulator", EMULATOR),
    ("cli", &["emulator", "config", "document", "fixture", "faults", "journal"]),
    ("main", &["cli", "emulator", "config", "document", "fixture", "faults", "journal"]),
];
const SERVICE: &[&str] =
    &["domain", "wire", "faults", "journal", "fixture", "config", "aws", "huawei", "document"];
const CONTROL: &[&str] = &[
    "domain", "wire", "faults", "journal", "fixture", "config", "aws", "huawei", "document",
    "service",
];
const SERVER: &[&str] = &[
    "domain", "wire", "faults", "journal", "fixture", "config", "aws", "huawei", "document",
    "service", "control",
];
const EMULATOR: &[&str] = &[
    "domain", "wire", "faults", "journal", "fixture", "config", "aws", "huawei", "document",
    "service", "control", "server",
];

const FILE_LINES_MAX: usize = 500;
const FUNCTION_LINES_MAX: usize = 70;
/// Files of rows: as long as the vendor's tables are.
const ROWS: &[&str] = &["shapes.rs", "limits.rs", "operations.rs"];

/// What lies at the top; tools' own things are hidden in dot-files.
const TOP: &[&str] = &[
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "Makefile",
    "README.md",
    "fixtures",
    "src",
    "tests",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file under `folder`, with its text.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut open = vec![root().join(folder)];
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of ours").flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a source is text");
                found.push((path, text));
            }
        }
    }
    found.sort();
    found
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

/// The module right under `src/` that a file belongs to.
fn module(path: &Path) -> String {
    let inner = path.strip_prefix(root().join("src")).expect("a file of src");
    let first = inner.components().next().expect("a name").as_os_str().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

/// The modules that a line of code names right after `crate::` or `idouble::`.
fn imported(text: &str) -> BTreeSet<String> {
    let code: Vec<_> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let mut found = BTreeSet::new();
    for start in ["crate::", "idouble::"] {
        for (at, _) in code.match_indices(start) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
                continue;
            }
            found.extend(first_names(&code[at + start.len()..]));
        }
    }
    found
}

/// `a::b` names `a`; `{a::b, c}` names `a` and `c`.
fn first_names(rest: &str) -> Vec<String> {
    let name = |text: &str| -> String {
        text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    let Some(group) = rest.strip_prefix('{') else { return vec![name(rest)] };
    let mut names = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                names.push(name(&group[start..at]));
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                names.push(name(&group[start..at]));
                start = at + 1;
            }
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

#[test]
fn imports_point_down_the_table() {
    let mut breaches = Vec::new();
    for (path, text) in sources("src") {
        let module = module(&path);
        if module == "lib" {
            continue;
        }
        let Some((_, allowed)) = IMPORTS.iter().find(|(name, _)| *name == module) else {
            breaches.push(format!("{}: `{module}` has no row in the table", shown(&path)));
            continue;
        };
        for name in imported(&text) {
            let known = IMPORTS.iter().any(|(row, _)| *row == name);
            if known && name != module && !allowed.contains(&name.as_str()) {
                breaches.push(format!("{}: `{module}` must not know `{name}`", shown(&path)));
            }
        }
    }
    assert!(breaches.is_empty(), "{breaches:#?}");
}

#[test]
fn the_import_test_sees_through_groups() {
    let text = "use crate::{aws::Aws, domain::{Call, Command},\n  wire};\n// use crate::server;\n";
    let names: Vec<_> = imported(text).into_iter().collect();
    assert_eq!(names, ["aws", "domain", "wire"]);
}

#[test]
fn every_file_says_what_it_is_for() {
    let silent: Vec<_> = [sources("src"), sources("tests")]
        .concat()
        .into_iter()
        .filter(|(_, text)| !text.starts_with("//!"))
        .map(|(path, _)| shown(&path))
        .collect();
    assert!(silent.is_empty(), "these do not begin with //!: {silent:#?}");
}

#[test]
fn files_and_functions_are_short() {
    let mut long = Vec::new();
    for (path, text) in [sources("src"), sources("tests")].concat() {
        let rows = ROWS.iter().any(|name| path.ends_with(name));
        let lines = text.lines().count();
        // Tests are lists; their functions are held to the bound all the same.
        if lines > FILE_LINES_MAX && !rows && path.starts_with(root().join("src")) {
            long.push(format!("{}: {lines} lines", shown(&path)));
        }
        for (name, lines) in functions(&text) {
            if lines > FUNCTION_LINES_MAX {
                long.push(format!("{}: fn {name}: {lines} lines", shown(&path)));
            }
        }
    }
    assert!(long.is_empty(), "{long:#?}");
}

/// Functions with their lengths. Relies on the format: a body ends with a brace as far in as its `fn`.
fn functions(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<_> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let words = ["pub(crate) ", "pub(super) ", "pub ", "const ", "async ", "unsafe "];
        let bare = words.iter().fold(code, |code, word| code.strip_prefix(word).unwrap_or(code));
        let Some(rest) = bare.strip_prefix("fn ") else { continue };
        let indent = line.len() - code.len();
        let end = format!("{}}}", " ".repeat(indent));
        let name = rest.split(['(', '<']).next().unwrap_or_default().to_owned();
        // A signature without a body ends with a semicolon, before any line opens one.
        let opens = lines[at..].iter().find(|line| line.ends_with('{') || line.ends_with(';'));
        if line.ends_with('}') || opens.is_none_or(|line| line.ends_with(';')) {
            continue;
        }
        let length = lines[at..].iter().position(|line| **line == end).map_or(1, |n| n + 1);
        found.push((name, length));
    }
    found
}

#[test]
fn the_length_test_measures_functions() {
    let text = "fn a() {\n    b();\n}\n    pub const fn c(\n        d: u8,\n    ) -> u8 {\n        d\n    }\n";
    assert_eq!(functions(text), [("a".to_owned(), 3), ("c".to_owned(), 5)]);
}

#[test]
fn nothing_is_left_open() {
    let marks = ["todo!(", "unimplemented!(", "dbg!(", "#[ignore"];
    let mut found = Vec::new();
    for (path, text) in [sources("src"), sources("tests")].concat() {
        if path.ends_with("tidy.rs") {
            continue;
        }
        for (at, line) in text.lines().enumerate() {
            if marks.iter().any(|mark| line.contains(mark)) {
                found.push(format!("{}:{}: {}", shown(&path), at + 1, line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn the_top_level_holds_what_it_should() {
    let names = fs::read_dir(root()).expect("the project").flatten();
    let names = names.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let odd: Vec<_> = names
        .filter(|name| !name.starts_with('.') && name != "target" && !TOP.contains(&name.as_str()))
        .collect();
    assert!(odd.is_empty(), "{odd:?}");
}

/// Rows of README's table of operations: `| \`Name\` | ✓ | — |`, under a head that names AWS and Huawei.
fn readme_rows(page: &str) -> BTreeSet<(String, bool, bool)> {
    let mut columns = None;
    let mut rows = BTreeSet::new();
    for line in page.lines() {
        let cells: Vec<_> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
        if !line.trim_start().starts_with('|') {
            columns = None;
            continue;
        }
        let column = |name: &str| cells.iter().position(|cell| *cell == name);
        if let (Some(aws), Some(huawei)) = (column("AWS"), column("Huawei")) {
            columns = Some((aws, huawei));
        }
        let Some((aws, huawei)) = columns else { continue };
        let name = cells[0].trim_matches('`');
        if cells[0].starts_with('`') && name.chars().all(char::is_alphanumeric) {
            let has = |at: usize| cells.get(at).is_some_and(|cell| cell.starts_with('✓'));
            rows.insert((name.to_owned(), has(aws), has(huawei)));
        }
    }
    rows
}

#[test]
fn readme_s_table_of_operations_is_the_routes() {
    let Ok(page) = fs::read_to_string(root().join("README.md")) else { return };
    let aws = Aws::new(AwsSettings { model: Model::Current, account_id: "0".repeat(12) });
    let huawei =
        Huawei::new(HuaweiSettings { error_prefix: "IIC".to_owned(), account_id: "0".repeat(32) });
    let names = |dialect: &dyn Dialect| -> BTreeSet<String> {
        dialect.routes().iter().map(|route| route.operation.name().to_owned()).collect()
    };
    let (aws, huawei) = (names(&aws), names(&huawei));
    let routes: BTreeSet<_> = aws
        .union(&huawei)
        .map(|name| (name.clone(), aws.contains(name), huawei.contains(name)))
        .collect();
    let rows = readme_rows(&page);
    let missing: Vec<_> = routes.difference(&rows).collect();
    let odd: Vec<_> = rows.difference(&routes).collect();
    assert!(
        missing.is_empty() && odd.is_empty(),
        "README lacks (name, AWS, Huawei): {missing:?}; it has instead: {odd:?}"
    );
}

#[test]
fn the_readme_test_reads_a_table() {
    let page = "| operation | AWS | Huawei |\n|---|---|---|\n| `A` | ✓ | — |\n| `B` | — | ✓ |\n";
    let rows = [("A".to_owned(), true, false), ("B".to_owned(), false, true)];
    assert_eq!(readme_rows(page), BTreeSet::from(rows));
}
