//! Checks the architecture: modules import only from modules below them, no files import each other in a
//! circle, unix-only code is guarded, public items have examples and can be extended without a breaking change, and
//! the table of operations in the documentation lists exactly the routes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Bound::{Excluded, Unbounded};
use std::path::{Path, PathBuf};

use idouble::internal::aws::{Aws, AwsSettings, Filters, Model};
use idouble::internal::dialect::Dialect;
use idouble::internal::huawei::{ErrorPrefix, Huawei, HuaweiSettings};
use syn::UseTree;
use syn::visit::Visit;

/// The modules right under `src/`, lowest first. A module imports only from those above it in this list;
/// modules in one row do not know each other.
const ORDER: &[&[&str]] = &[
    &["escape"],
    &["domain", "file_error", "glob"],
    &["auth"],
    &["dialect"],
    &["aws", "huawei", "scim", "faults", "journal", "fixture"],
    &["config", "service"],
    &["console", "control"],
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

/// The path of a module from the crate's root: `["domain", "store"]`.
type ModulePath = Vec<String>;

/// The module of a file.
fn module_path(path: &Path) -> ModulePath {
    let inner = path.strip_prefix(root().join("src")).expect("a file of src").with_extension("");
    let mut names: Vec<_> =
        inner.components().map(|name| name.as_os_str().to_string_lossy().into_owned()).collect();
    if matches!(names.last().map(String::as_str), Some("mod" | "lib")) {
        names.pop();
    }
    names
}

/// The paths that a file names, from the crate's root, and the names that its `pub use` gives them.
#[derive(Default)]
struct Imports {
    module: ModulePath,
    paths: BTreeSet<Vec<String>>,
    exports: BTreeMap<String, Vec<String>>,
}

impl Imports {
    /// The imports of a file, without those of its tests.
    fn of(module: ModulePath, text: &str) -> Self {
        let mut imports = Self { module, ..Self::default() };
        imports.visit_file(&syn::parse_file(text).expect("a source is Rust"));
        imports
    }

    fn add(&mut self, path: &[String], export: Option<&str>) {
        let mut absolute = match path.first().map(String::as_str) {
            Some("crate" | "idouble") => Vec::new(),
            Some("self" | "super") => self.module.clone(),
            _ => return,
        };
        for name in path {
            match name.as_str() {
                "crate" | "idouble" | "self" => {}
                "super" => drop(absolute.pop()),
                name => absolute.push(name.to_owned()),
            }
        }
        if let Some(name) = export {
            self.exports.insert(name.to_owned(), absolute.clone());
        }
        self.paths.insert(absolute);
    }

    fn add_tree(&mut self, prefix: &[String], tree: &UseTree, is_public: bool) {
        let joined = |name: &syn::Ident| [prefix, &[name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.add_tree(&joined(&path.ident), &path.tree, is_public),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.add_tree(prefix, tree, is_public);
                }
            }
            UseTree::Name(name) => {
                let export = name.ident.to_string();
                self.add_use(&joined(&name.ident), is_public.then_some(&*export));
            }
            UseTree::Rename(name) => {
                let export = name.rename.to_string();
                self.add_use(&joined(&name.ident), is_public.then_some(&*export));
            }
            UseTree::Glob(_) => self.add_use(prefix, None),
        }
    }

    /// Adds a path of a `use`. Without `crate` or `super` before it, it is one of a child module, or of
    /// another crate, which no file has.
    fn add_use(&mut self, path: &[String], export: Option<&str>) {
        match path.first().map(String::as_str) {
            Some("crate" | "idouble" | "self" | "super") => self.add(path, export),
            _ => self.add(&[&["self".to_owned()], path].concat(), export),
        }
    }
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    let is_cfg_test = |attribute: &syn::Attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Ident>().is_ok_and(|name| name == "test")
    };
    attributes.iter().any(is_cfg_test)
}

impl<'ast> Visit<'ast> for Imports {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            self.module.push(item.ident.to_string());
            syn::visit::visit_item_mod(self, item);
            self.module.pop();
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.add_tree(&[], &item.tree, !matches!(item.vis, syn::Visibility::Inherited));
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<_> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.add(&names, None);
        syn::visit::visit_path(self, path);
    }
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
        for import in Imports::of(module_path(&path), &text).paths {
            let Some(name) = import.first() else { continue };
            if *name != module && level(name).is_some_and(|other| other >= own) {
                violations.push(format!("{}: `{module}` must not import `{name}`", shown(&path)));
            }
        }
    }
    assert!(violations.is_empty(), "{violations:#?}");
}

/// The files by module, and their imports.
fn imports_by_module() -> BTreeMap<ModulePath, Imports> {
    let files = sources("src").into_iter().map(|(path, text)| (module_path(&path), text));
    files.map(|(module, text)| (module.clone(), Imports::of(module, &text))).collect()
}

/// The module of the file that declares what a path names. Follows `pub use`.
fn declaring_module(
    files: &BTreeMap<ModulePath, Imports>,
    path: &[String],
    depth: usize,
) -> Option<ModulePath> {
    const EXPORTS_MAX: usize = 8;
    let length = (0..=path.len()).rev().find(|length| files.contains_key(&path[..*length]))?;
    let (module, rest) = path.split_at(length);
    let export = rest.first().and_then(|name| files[module].exports.get(name));
    match export.filter(|_| depth < EXPORTS_MAX) {
        Some(export) => declaring_module(files, &[export, &rest[1..]].concat(), depth + 1),
        None => Some(module.to_vec()),
    }
}

/// The pairs of files that import each other, directly or through others. A module and the modules
/// within it are left out.
fn circles(files: &BTreeMap<ModulePath, Imports>) -> Vec<(ModulePath, ModulePath)> {
    let mut imported: BTreeMap<&ModulePath, BTreeSet<ModulePath>> = BTreeMap::new();
    for (module, imports) in files {
        let targets = imports.paths.iter().filter_map(|path| declaring_module(files, path, 0));
        let related = |other: &ModulePath| other.starts_with(module) || module.starts_with(other);
        imported.insert(module, targets.filter(|target| !related(target)).collect());
    }
    let reachable = |from: &ModulePath| {
        let (mut found, mut open) = (BTreeSet::new(), vec![from.clone()]);
        while let Some(module) = open.pop() {
            for target in &imported[&module] {
                if found.insert(target.clone()) {
                    open.push(target.clone());
                }
            }
        }
        found
    };
    let reached: BTreeMap<_, _> = files.keys().map(|module| (module, reachable(module))).collect();
    let mut pairs = Vec::new();
    for (one, from_one) in &reached {
        for (other, from_other) in reached.range::<&ModulePath, _>((Excluded(one), Unbounded)) {
            if from_one.contains(*other) && from_other.contains(*one) {
                pairs.push(((*one).clone(), (*other).clone()));
            }
        }
    }
    pairs
}

#[test]
fn files_do_not_import_each_other_in_a_circle() {
    let pairs = circles(&imports_by_module());
    let shown: Vec<_> = pairs
        .iter()
        .map(|(one, other)| format!("{} and {}", one.join("::"), other.join("::")))
        .collect();
    assert!(shown.is_empty(), "these import each other, directly or through others: {shown:#?}");
}

/// Collects the names of the structs, enums and traits of a file, without those of its tests.
#[derive(Default)]
struct TypeNames(BTreeSet<String>);

impl<'ast> Visit<'ast> for TypeNames {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            syn::visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.0.insert(item.ident.to_string());
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.0.insert(item.ident.to_string());
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.0.insert(item.ident.to_string());
    }
}

#[test]
fn type_names_are_defined_in_one_file() {
    let mut files: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, text) in sources("src") {
        let mut names = TypeNames::default();
        names.visit_file(&syn::parse_file(&text).expect("a source is Rust"));
        for name in names.0 {
            files.entry(name).or_default().push(shown(&path));
        }
    }
    files.retain(|_, files| files.len() > 1);
    assert!(files.is_empty(), "these names need a word more each: {files:#?}");
}

#[test]
fn imports_are_found_in_groups_reexports_and_paths() {
    let file = |module: &str, text: &str| {
        let module: ModulePath = module.split("::").map(str::to_owned).collect();
        (module.clone(), Imports::of(module, text))
    };
    let files = BTreeMap::from([
        file("a", "mod x;\nmod y;\npub use x::{X, Z as Renamed};"),
        file(
            "a::x",
            "use super::y;\n// use crate::b;\n#[cfg(test)]\nmod tests { use crate::b::B; }",
        ),
        file("a::y", "fn f() -> crate::a::Renamed { todo!() }"),
        file("b", "use crate::{a::{X, y::Y}, c};"),
    ]);
    let paths = |module: &str| -> Vec<String> {
        let module: ModulePath = module.split("::").map(str::to_owned).collect();
        files[&module].paths.iter().map(|path| path.join("::")).collect()
    };
    assert_eq!(paths("b"), ["a::X", "a::y::Y", "c"]);
    assert_eq!(paths("a::x"), ["a::y"]);
    let pairs = circles(&files);
    let names: Vec<_> = pairs.iter().map(|(a, b)| (a.join("::"), b.join("::"))).collect();
    assert_eq!(names, [("a::x".to_owned(), "a::y".to_owned())]);
}

/// Collects paths that exist on unix only and are not behind `#[cfg(unix)]`.
#[derive(Default)]
struct UnguardedUnix(Vec<String>);

fn is_unix_only(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Path>().is_ok_and(|condition| condition.is_ident("unix"))
    })
}

impl UnguardedUnix {
    fn add(&mut self, path: &str) {
        if ["std::os::unix", "tokio::signal::unix", "rustix"]
            .iter()
            .any(|unix| path.starts_with(unix))
        {
            self.0.push(path.to_owned());
        }
    }

    fn add_tree(&mut self, prefix: &str, tree: &UseTree) {
        match tree {
            UseTree::Path(path) => self.add_tree(&format!("{prefix}{}::", path.ident), &path.tree),
            UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.add_tree(prefix, tree))
            }
            _ => self.add(prefix),
        }
    }
}

impl<'ast> Visit<'ast> for UnguardedUnix {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if !is_unix_only(&item.attrs) {
            syn::visit::visit_item_fn(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if !is_unix_only(&item.attrs) {
            syn::visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        if !is_unix_only(&item.attrs) {
            syn::visit::visit_item_impl(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_unix_only(&item.attrs) && !is_test(&item.attrs) {
            syn::visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        if !is_unix_only(&item.attrs) {
            syn::visit::visit_item_struct(self, item);
        }
    }

    fn visit_expr_block(&mut self, block: &'ast syn::ExprBlock) {
        if !is_unix_only(&block.attrs) {
            syn::visit::visit_expr_block(self, block);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if !is_unix_only(&item.attrs) {
            self.add_tree("", &item.tree);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> =
            path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.add(&names.join("::"));
        syn::visit::visit_path(self, path);
    }
}

fn unguarded_unix(text: &str) -> Vec<String> {
    let mut found = UnguardedUnix::default();
    found.visit_file(&syn::parse_file(text).expect("Rust"));
    found.0
}

#[test]
fn unix_only_code_is_guarded() {
    for (path, text) in sources("src") {
        let found = unguarded_unix(&text);
        assert!(found.is_empty(), "{} needs #[cfg(unix)]: {found:?}", shown(&path));
    }
}

#[test]
fn unguarded_unix_code_is_found() {
    let text = "
        use std::{io, os::unix::fs::symlink};
        #[cfg(unix)] use std::os::unix::fs::chown;
        fn f() { std::os::unix::fs::symlink(a, b); #[cfg(unix)] { rustix::x(); } }
        #[cfg(unix)] fn g() { rustix::process::kill(); }
    ";
    assert_eq!(unguarded_unix(text), ["std::os::unix::fs::", "std::os::unix::fs::symlink"]);
}

/// The documentation of an item, with its examples.
fn documentation(attributes: &[syn::Attribute]) -> String {
    let lines = attributes.iter().filter(|attribute| attribute.path().is_ident("doc"));
    let lines =
        lines.filter_map(|attribute| match &attribute.meta.require_name_value().ok()?.value {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(line), .. }) => {
                Some(line.value() + "\n")
            }
            _ => None,
        });
    lines.collect()
}

fn is_hidden(attributes: &[syn::Attribute]) -> bool {
    let is_hidden = |attribute: &syn::Attribute| {
        attribute.path().is_ident("doc")
            && attribute.parse_args::<syn::Ident>().is_ok_and(|name| name == "hidden")
    };
    attributes.iter().any(is_hidden)
}

fn is_non_exhaustive(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident("non_exhaustive"))
}

/// The code of the examples in a text.
fn examples(documentation: &str) -> String {
    documentation.split("```").skip(1).step_by(2).collect()
}

/// Whether a text has this word.
fn has_word(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|found| found == word)
}

/// Collects the names in paths.
#[derive(Default)]
struct PathNames(BTreeSet<String>);

impl<'ast> Visit<'ast> for PathNames {
    fn visit_path_segment(&mut self, segment: &'ast syn::PathSegment) {
        self.0.insert(segment.ident.to_string());
        syn::visit::visit_path_segment(self, segment);
    }
}

/// Collects the documentation of types and of their public methods. Keys are the names of the types.
#[derive(Default)]
struct Documented {
    /// Enums and structs with public fields that are not `#[non_exhaustive]`.
    exhaustive: BTreeSet<String>,
    types: BTreeMap<String, String>,
    methods: BTreeMap<String, Vec<(String, String)>>,
    /// The names in the signatures of public methods and in the types of public fields.
    signatures: BTreeMap<String, PathNames>,
}

impl Documented {
    fn add_fields<'f>(&mut self, of: &syn::Ident, fields: impl Iterator<Item = &'f syn::Field>) {
        let names = self.signatures.entry(of.to_string()).or_default();
        for field in fields.filter(|field| !is_hidden(&field.attrs)) {
            names.visit_type(&field.ty);
        }
    }
}

impl<'ast> Visit<'ast> for Documented {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            syn::visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.types.insert(item.ident.to_string(), documentation(&item.attrs));
        let is_public = |field: &syn::Field| matches!(field.vis, syn::Visibility::Public(_));
        self.add_fields(&item.ident, item.fields.iter().filter(|field| is_public(field)));
        if item.fields.iter().any(is_public) && !is_non_exhaustive(&item.attrs) {
            self.exhaustive.insert(item.ident.to_string());
        }
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.types.insert(item.ident.to_string(), documentation(&item.attrs));
        self.add_fields(&item.ident, item.variants.iter().flat_map(|variant| &variant.fields));
        if !is_non_exhaustive(&item.attrs) {
            self.exhaustive.insert(item.ident.to_string());
        }
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let syn::Type::Path(of) = &*item.self_ty else { return };
        let Some(name) = of.path.segments.last() else { return };
        let methods = self.methods.entry(name.ident.to_string()).or_default();
        for item in &item.items {
            if let syn::ImplItem::Fn(method) = item
                && matches!(method.vis, syn::Visibility::Public(_))
                && !is_hidden(&method.attrs)
            {
                methods.push((method.sig.ident.to_string(), documentation(&method.attrs)));
                let names = self.signatures.entry(name.ident.to_string()).or_default();
                names.visit_signature(&method.sig);
            }
        }
    }
}

/// The names of these types that no example uses, and `Type::method` for methods that no example of their
/// type calls.
fn without_example(names: &BTreeSet<String>, documented: &Documented) -> Vec<String> {
    let of_type = |name: &String| {
        let methods = documented.methods.get(name).into_iter().flatten();
        let texts = methods.map(|(_, text)| text).chain(documented.types.get(name));
        texts.map(|text| examples(text)).collect::<String>()
    };
    let all: BTreeMap<&String, String> = names.iter().map(|name| (name, of_type(name))).collect();
    let mut missing = Vec::new();
    for (name, of_type) in &all {
        if of_type.is_empty() && !all.values().any(|text| has_word(text, name)) {
            missing.push((*name).clone());
        }
        for (method, _) in documented.methods.get(*name).into_iter().flatten() {
            let is_called =
                |text: &String| text.contains(&format!("{method}(")) && has_word(text, method);
            let uses_type = |text: &&String| has_word(text, name);
            if !is_called(of_type) && !all.values().filter(uses_type).any(is_called) {
                missing.push(format!("{name}::{method}"));
            }
        }
    }
    missing
}

/// The errors within [`idouble::Error`], which users print.
const PRINTED_ERRORS: &[&str] =
    &["AccessKeyError", "FileError", "RuleError", "SnapshotError", "StoreError"];

/// The types of ours that the signatures of these types name, and that are not among them.
fn unreachable_types(names: &BTreeSet<String>, documented: &Documented) -> Vec<String> {
    let mut found = Vec::new();
    for name in names {
        for named in documented.signatures.get(name).into_iter().flat_map(|names| &names.0) {
            let is_known = names.contains(named) || PRINTED_ERRORS.contains(&named.as_str());
            if documented.types.contains_key(named) && !is_known {
                found.push(format!("{name}: {named}"));
            }
        }
    }
    found
}

#[test]
fn public_items_have_examples_and_can_be_extended() {
    let exports = Imports::of(Vec::new(), include_str!("../src/lib.rs")).exports;
    let names: BTreeSet<String> = exports.into_keys().collect();
    assert!(names.contains("Emulator") && names.contains("Fault"), "{names:?}");
    let mut documented = Documented::default();
    for (_, text) in sources("src") {
        documented.visit_file(&syn::parse_file(&text).expect("a source is Rust"));
    }
    let missing = without_example(&names, &documented);
    assert!(missing.is_empty(), "no example uses these: {missing:#?}");
    let unreachable = unreachable_types(&names, &documented);
    assert!(unreachable.is_empty(), "export these, or hide what names them: {unreachable:#?}");
    let exhaustive: Vec<_> = documented.exhaustive.intersection(&names).collect();
    assert!(exhaustive.is_empty(), "these need #[non_exhaustive]: {exhaustive:#?}");
}

#[test]
fn unreachable_types_are_found() {
    let text = "
        pub struct Exported { pub field: Option<inner::Field>, private: Private }
        impl Exported {
            pub fn method(&self, with: impl Into<Argument>) -> Vec<Exported> {}
            #[doc(hidden)] pub fn hidden(&self) -> Private {}
            fn private(&self) -> Private {}
        }
        pub struct Field; pub enum Argument { A } pub struct Private;
    ";
    let mut documented = Documented::default();
    documented.visit_file(&syn::parse_file(text).expect("Rust"));
    let found = unreachable_types(&["Exported".to_owned()].into(), &documented);
    assert_eq!(found, ["Exported: Argument", "Exported: Field"]);
}

#[test]
fn items_without_examples_are_found() {
    let text = "
        /// ```
        /// Named::new().called();
        /// ```
        pub struct Named;
        impl Named {
            pub fn new() {} pub fn called() {} pub fn call() {}
            fn private() {} #[doc(hidden)] pub fn hidden() {}
        }
        /// Text.
        pub enum Unnamed { A }
        pub struct Fields { pub field: u8 }
        #[non_exhaustive] pub struct MayGrow { pub field: u8 }
        pub struct Private { field: u8 }
    ";
    let mut documented = Documented::default();
    documented.visit_file(&syn::parse_file(text).expect("Rust"));
    let names = ["Named", "Unnamed"].map(str::to_owned).into();
    assert_eq!(without_example(&names, &documented), ["Named::call", "Unnamed"]);
    assert_eq!(documented.exhaustive, ["Fields", "Unnamed"].map(str::to_owned).into());
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
        takes_moto_ids: false,
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
