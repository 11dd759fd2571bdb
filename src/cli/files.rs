//! The commands that write something and need no server: `generate`, `init`, `schema`, `completions`
//! and `man`.

use std::fs;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use clap_complete::Shell;
use idouble::internal::config;
use idouble::internal::faults;
use idouble::internal::fixture::{self, Format, Generate};

use super::exit::{Exit, Failure};
use super::output::{print, print_raw};
use super::stores::is_toml_file;

#[derive(Args, Debug)]
pub(super) struct GenerateArgs {
    /// Number of users
    #[arg(long, value_name = "N", default_value_t = 100)]
    users: u32,
    /// Number of groups
    #[arg(long, value_name = "N", default_value_t = 10)]
    groups: u32,
    /// Seed; the same seed writes the same directory
    #[arg(long, value_name = "N", default_value_t = 7)]
    seed: u64,
    /// Id of the store
    #[arg(long, value_name = "ID", default_value = "d-1234567890", value_parser = store_id)]
    store: String,
    /// Write TOML; the default for a file name that ends in .toml, else JSON
    #[arg(long)]
    toml: bool,
    /// File to write; required on a terminal, standard output by default
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(super) struct InitArgs {
    /// Folder to write to; created if it does not exist
    #[arg(default_value = ".")]
    folder: PathBuf,
}

#[derive(Args, Debug)]
pub(super) struct SchemaArgs {
    /// Kind of file
    kind: SchemaKind,
}

#[derive(Clone, Copy, ValueEnum, Debug)]
enum SchemaKind {
    /// idouble.toml
    Config,
    /// Fixtures
    Fixture,
    /// Fault rules: one, a list, or a file with [[fault]] tables
    Faults,
}

#[derive(Args, Debug)]
pub(super) struct CompletionsArgs {
    /// Shell to complete for
    shell: Shell,
}

fn store_id(text: &str) -> Result<String, String> {
    match fixture::is_store_id(text) {
        true => Ok(text.to_owned()),
        false => Err("expected an id such as d-1234567890".to_owned()),
    }
}

pub(super) fn generate(args: &GenerateArgs) -> Result<(), Failure> {
    if args.output.is_none() && io::stdout().is_terminal() {
        let message = "standard output is a terminal; name a file with --output FILE";
        return Err(Failure::new(Exit::Usage, message));
    }
    let options = Generate { users: args.users, groups: args.groups, seed: args.seed };
    let format = match args.toml || args.output.as_deref().is_some_and(is_toml_file) {
        true => Format::Toml,
        false => Format::Json,
    };
    let text = fixture::generate(&options, &args.store, format);
    match &args.output {
        Some(file) => fs::write(file, text).map_err(|error| Failure::file(file, &error)),
        None => {
            print_raw(&text);
            Ok(())
        }
    }
}

/// Writes starter files, or nothing if one of them exists.
pub(super) fn init(args: &InitArgs) -> Result<(), Failure> {
    let files = [(config::FILE, config::starter()), ("fixture.toml", fixture::STARTER)];
    let files = files.map(|(name, text)| (args.folder.join(name), text));
    if let Some((file, _)) = files.iter().find(|(file, _)| file.symlink_metadata().is_ok()) {
        let message = format!("{} exists; nothing was written", file.display());
        return Err(Failure::new(Exit::Usage, message));
    }
    fs::create_dir_all(&args.folder).map_err(|error| Failure::file(&args.folder, &error))?;
    for (file, text) in &files {
        write_new(file, text).map_err(|error| Failure::file(file, &error))?;
        print(&file.display());
    }
    Ok(())
}

fn write_new(file: &Path, text: &str) -> io::Result<()> {
    fs::OpenOptions::new().write(true).create_new(true).open(file)?.write_all(text.as_bytes())
}

pub(super) fn schema(args: &SchemaArgs) -> Result<(), Failure> {
    let schema = match args.kind {
        SchemaKind::Config => config::schema(),
        SchemaKind::Fixture => fixture::schema(),
        SchemaKind::Faults => faults::schema(),
    };
    print(&serde_json::to_string_pretty(&schema).map_err(Failure::internal)?);
    Ok(())
}

pub(super) fn completions(args: &CompletionsArgs, mut command: clap::Command) {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "idouble", &mut script);
    print_raw(&String::from_utf8_lossy(&script));
}

/// Prints the manual page of the command itself, followed by one for each subcommand.
pub(super) fn man(mut command: clap::Command) -> Result<(), Failure> {
    let mut page = Vec::new();
    command.build();
    let subcommands: Vec<_> = command.get_subcommands().cloned().collect();
    let pages = std::iter::once(command).chain(subcommands);
    for command in pages.filter(|command| command.get_name() != "help") {
        clap_mangen::Man::new(command).render(&mut page).map_err(Failure::internal)?;
    }
    print_raw(&String::from_utf8_lossy(&page));
    Ok(())
}
