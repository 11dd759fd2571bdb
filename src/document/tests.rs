//! Both languages give one tree, and every mistake is shown at its place.

use super::*;

const KNOWN: &[&str] = &["port", "name", "list", "flag", "at"];

fn told(result: Result<Document, FileError>, read: impl FnOnce(Table<'_>)) -> String {
    let read = |node: Node<'_>| {
        if let Some(table) = node.table(KNOWN) {
            read(table);
        }
    };
    match result.and_then(|document| document.read(read)) {
        Ok(()) => "fine".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn all_mistakes_of_a_file_are_told_at_once_in_its_order() {
    let text = "name = 7\nprot = 80\nport = 70000\n";
    let told = told(Document::toml("a.toml", text), |table| {
        table.get("port").and_then(|node| node.integer(1..=65_535_u16));
        table.get("name").and_then(|node| node.text());
    });
    let expected = "\
a.toml:1:8: expected a string, found 7
  |
1 | name = 7
  |        ^
a.toml:2:1: unknown key `prot`
  |
2 | prot = 80
  | ^^^^
  = help: did you mean `port`? known here: port, name, list, flag, at
a.toml:3:8: expected an integer from 1 to 65535, found 70000
  |
3 | port = 70000
  |        ^^^^^";
    assert_eq!(told, expected);
}

#[test]
fn toml_and_json_are_the_same_tree() {
    let toml =
        "port = 80\nname = 'x'\nlist = [1, 2.5, { flag = true }]\nat = 2030-01-01T00:00:00Z\n";
    let json = r#"{"port":80,"name":"x","list":[1,2.5,{"flag":true}],"at":"2030-01-01T00:00:00Z"}"#;
    let toml = Document::toml("a", toml).and_then(|document| document.read(|node| node.to_json()));
    let json = Document::json("a", json).and_then(|document| document.read(|node| node.to_json()));
    assert!(toml.is_ok());
    assert_eq!(toml, json);
}

#[test]
fn json_is_read_by_the_letter() {
    let message = |text: &str| match Document::json("a", text) {
        Ok(_) => "fine".to_owned(),
        Err(error) => error.headline(&error.mistakes()[0]),
    };
    assert_eq!(message("{\"a\": [1, {}]}"), "fine");
    assert_eq!(message("{\"a\": 1,}"), "a:1:8: trailing commas are not allowed");
    assert_eq!(message("{\"a\": 1, \"b\": 2, \"a\": 3}"), "a:1:18: the key `a` is here twice");
    assert_eq!(message("[\"a\tb\"]"), "a:1:4: a control character in a string has to be escaped");
    for refused in ["", "{a: 1}", "// a\n{}", "[1 2]", "['a']", "[01]", "[+1]", "[NaN]", "{} {}"] {
        assert_ne!(message(refused), "fine", "{refused}");
    }
    assert_ne!(message(&"[".repeat(100_000)), "fine");
    assert_eq!(message(&format!("{}{}", "[".repeat(500), "]".repeat(500))), "fine");
    assert_eq!(message("\u{feff}{}"), "fine");
}

#[test]
fn columns_count_characters_and_the_caret_is_as_wide_as_the_letters() {
    let told = told(Document::json("a", "{\"name\": \"王芳\", \"flag\": 1}"), |table| {
        table.get("flag").and_then(|node| node.flag());
    });
    let expected = "\
a:1:24: expected true or false, found 1
  |
1 | {\"name\": \"王芳\", \"flag\": 1}
  |           \u{3000}\u{3000}           ^";
    assert_eq!(told, expected);
}

#[test]
fn a_part_of_a_text_has_a_place_unless_it_is_escaped() {
    let part = |text: &str| {
        let document = Document::toml("a", text).expect("parses");
        let read = |node: Node<'_>| node.entries().map(|(_, node)| node.part(2..4)).next();
        let span = document.read(read).expect("fine").expect("one entry");
        document.text()[span].to_owned()
    };
    assert_eq!(part("name = 'abcdef'"), "cd");
    assert_eq!(part("name = '''abcdef'''"), "cd");
    assert_eq!(part("name = \"\\u0061bcdef\""), "\"\\u0061bcdef\"");
    let line = Document::line("--fault", "abcdef");
    assert_eq!(line.read(|node| node.part(2..4)), Ok(2..4));
}

#[test]
fn a_path_leads_to_its_place_as_far_as_there_is_one() {
    let document = Document::toml("a", "list = [{ name = 'x' }]\n").expect("parses");
    let steps = [Step::Key("list"), Step::Index(0), Step::Key("name")];
    let at = |steps: &[Step<'_>], at_key| {
        let read = |node: Node<'_>| node.locate(steps.iter().copied(), at_key);
        document.text()[document.read(read).expect("fine")].to_owned()
    };
    assert_eq!(at(&steps, false), "'x'");
    assert_eq!(at(&steps, true), "name");
    let absent = [Step::Key("list"), Step::Index(0), Step::Key("port")];
    assert_eq!(at(&absent, false), "{ name = 'x' }");
}

#[test]
fn long_lines_are_cut_and_long_lists_of_mistakes_counted() {
    let text = format!("{{\"list\": [{}]}}", "0,".repeat(5_000) + "0");
    let told = told(Document::json("a", text), |table| {
        for node in table.get("list").and_then(|node| node.list()).into_iter().flatten() {
            node.text();
        }
    });
    assert!(told.lines().all(|line| line.chars().count() < 140), "{told}");
    assert!(told.ends_with("\na: and 4901 more mistakes"), "{told}");
}

#[test]
fn what_was_meant_is_guessed_from_near_only() {
    let known = ["port", "probability", "skip"];
    assert_eq!(nearest("prot", &known), Some("port"));
    assert_eq!(nearest("probabilty", &known), Some("probability"));
    assert_eq!(nearest("Port", &known), Some("port"));
    assert_eq!(nearest("userName", &["user_name"]), Some("user_name"));
    assert_eq!(nearest("xyz", &known), None);
}
