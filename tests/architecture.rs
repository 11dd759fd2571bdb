//! The architecture, checked: modules import only from modules below them, and the table of operations in
//! the documentation lists exactly the routes.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use idouble::aws::{Aws, AwsSettings, Filters, Model};
use idouble::dialect::Dialect;
use idouble::huawei::{ErrorPrefix, Huawei, HuaweiSettings};

/// The modules right under `src/`, lowest first. A module imports only from those above it in this list;
/// modules in one row do not know each other.
const ORDER: &[&[&str]] = &[
    &["domain", "file_error"],
    &["dialect"],
    &["aws", "huawei", "faults", "journal", "fixture"],
    &["config", "service"],
    &["control"],
    &["server"],
    &["emulator"],
    &["cli"],
    &["main"],
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

/// The row of a module in `ORDER`.
fn level(module: &str) -> Option<usize> {
    ORDER.iter().position(|row| row.contains(&module))
}

#[test]
fn modules_import_only_from_lower_modules() {
    let mut violations = Vec::new();
    for (path, text) in sources("src") {
        let module = module(&path);
        if module == "lib" {
            continue;
        }
        let Some(own) = level(&module) else {
            violations.push(format!("{}: `{module}` is not in ORDER", shown(&path)));
            continue;
        };
        for name in imported(&text) {
            if name != module && level(&name).is_some_and(|other| other >= own) {
                violations.push(format!("{}: `{module}` must not import `{name}`", shown(&path)));
            }
        }
    }
    assert!(violations.is_empty(), "{violations:#?}");
}

#[test]
fn imports_in_groups_are_found() {
    let text =
        "use crate::{aws::Aws, domain::{Call, Command},\n  dialect};\n// use crate::server;\n";
    let names: Vec<_> = imported(text).into_iter().collect();
    assert_eq!(names, ["aws", "dialect", "domain"]);
}

/// Rows of the table of operations: `| \`Name\` | ✓ | — |`, under a head that names AWS and Huawei.
fn operation_rows(page: &str) -> BTreeSet<(String, bool, bool)> {
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
fn documented_operations_are_the_routes() {
    let page = fs::read_to_string(root().join("docs/operations.md")).expect("docs/operations.md");
    let aws = Aws::new(AwsSettings {
        model: Model::Current,
        filters: Filters::Accept,
        account_id: "0".repeat(12),
    });
    let huawei =
        Huawei::new(HuaweiSettings { error_prefix: ErrorPrefix::Iic, account_id: "0".repeat(32) });
    let names = |dialect: &dyn Dialect| -> BTreeSet<String> {
        dialect.routes().iter().map(|route| route.operation.name().to_owned()).collect()
    };
    let (aws, huawei) = (names(&aws), names(&huawei));
    let routes: BTreeSet<_> = aws
        .union(&huawei)
        .map(|name| (name.clone(), aws.contains(name), huawei.contains(name)))
        .collect();
    let rows = operation_rows(&page);
    let missing: Vec<_> = routes.difference(&rows).collect();
    let odd: Vec<_> = rows.difference(&routes).collect();
    assert!(
        missing.is_empty() && odd.is_empty(),
        "docs/operations.md lacks (name, AWS, Huawei): {missing:?}; it has instead: {odd:?}"
    );
}

#[test]
fn table_rows_are_read() {
    let page = "| operation | AWS | Huawei |\n|---|---|---|\n| `A` | ✓ | — |\n| `B` | — | ✓ |\n";
    let rows = [("A".to_owned(), true, false), ("B".to_owned(), false, true)];
    assert_eq!(operation_rows(page), BTreeSet::from(rows));
}
