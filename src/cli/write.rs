//! The commands that write something and need no server: a directory, starter files, schemas, what a
//! shell completes, a manual page.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, CommandFactory as _, ValueEnum};
use clap_complete::Shell;
use idouble::config;
use idouble::faults;
use idouble::fixture::{self, Generate};

use super::remote::write;
use super::{Cli, Exit, Failure, say};

#[derive(Args, Debug)]
pub(super) struct GenerateArgs {
    /// How many users
    #[arg(long, value_name = "N", default_value_t = 100)]
    users: u32,
    /// How many groups
    #[arg(long, value_name = "N", default_value_t = 10)]
    groups: u32,
    /// What everything is drawn from: the same seed writes the same directory
    #[arg(long, value_name = "N", default_value_t = 7)]
    seed: u64,
    /// The id of the store
    #[arg(long, value_name = "ID", default_value = "d-1234567890")]
    store: String,
    /// TOML rather than JSON; so is a file whose name ends in .toml
    #[arg(long)]
    toml: bool,
    /// Where to write it, rather than to standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(super) struct InitArgs {
    /// The folder to write them to; made where it is not there
    #[arg(default_value = ".")]
    folder: PathBuf,
}

#[derive(Clone, Copy, ValueEnum, Debug)]
pub(super) enum Schema {
    /// Of idouble.toml
    Config,
    /// Of a fixture
    Fixture,
    /// Of fault rules: a rule, a list of them, a file with [[fault]] tables
    Faults,
}

/// Writes a believable directory.
pub(super) fn generate(args: &GenerateArgs) -> Result<(), Failure> {
    let asked = Generate { users: args.users, groups: args.groups, seed: args.seed };
    let json = fixture::generate(&asked, &args.store);
    let named = |file: &Path| file.extension().is_some_and(|end| end == "toml");
    let text = match args.toml || args.output.as_deref().is_some_and(named) {
        true => fixture::to_toml(&json),
        false => Ok(json),
    };
    // A store's id of another form is all that could be wrong.
    write(args.output.as_deref(), &text.map_err(|error| Failure::new(Exit::Usage, error))?)
}

/// Writes starter files, or nothing where one of them is there.
pub(super) fn init(args: &InitArgs) -> Result<(), Failure> {
    let files = [(config::FILE, config::starter()), ("fixture.toml", fixture::STARTER.to_owned())];
    let files = files.map(|(name, text)| (args.folder.join(name), text));
    if let Some((file, _)) = files.iter().find(|(file, _)| file.symlink_metadata().is_ok()) {
        let message = format!("{} is there already; nothing was written", file.display());
        return Err(Failure::new(Exit::Usage, message));
    }
    let made = fs::create_dir_all(&args.folder);
    made.map_err(|error| {
        Failure::new(Exit::Internal, format_args!("{}: {error}", args.folder.display()))
    })?;
    for (file, text) in files {
        let failed =
            |error: io::Error| Failure::new(Exit::Internal, format!("{}: {error}", file.display()));
        let new = fs::OpenOptions::new().write(true).create_new(true).open(&file);
        new.and_then(|mut new| new.write_all(text.as_bytes())).map_err(failed)?;
        say(&format_args!("{}", file.display()));
    }
    Ok(())
}

/// Prints a JSON Schema.
pub(super) fn schema(of: Schema) -> Result<(), Failure> {
    let schema = match of {
        Schema::Config => config::schema(faults::rule_schema()),
        Schema::Fixture => fixture::schema(),
        Schema::Faults => faults::schema(),
    };
    let text = serde_json::to_string_pretty(&schema);
    say(&text.map_err(|error| Failure::new(Exit::Internal, error))?);
    Ok(())
}

/// Prints what a shell needs to complete this command line.
pub(super) fn completions(shell: Shell) {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "idouble", &mut script);
    say(&String::from_utf8_lossy(&script));
}

/// Prints the manual page: the command's own, and then one of each command below it.
pub(super) fn man() -> Result<(), Failure> {
    let mut page = Vec::new();
    let mut command = Cli::command();
    command.build();
    let below: Vec<_> = command.get_subcommands().cloned().collect();
    let pages = std::iter::once(command).chain(below);
    for command in pages.filter(|command| command.get_name() != "help") {
        let written = clap_mangen::Man::new(command).render(&mut page);
        written.map_err(|error| Failure::new(Exit::Internal, error))?;
    }
    say(&String::from_utf8_lossy(&page));
    Ok(())
}
