//! The folder in which tools find the address, the CA and an access key of an emulator.
//!
//! Source: "Pointing your AWS SDK at AWS Emulator" of AWS Emulator's user guide. Its folders are
//! `~/.aws/emulator/<port>/`. Assumed: the content of `config`. The guide also names a file that begins with
//! `emulator_creden`; it is written as a second `credentials`.

use std::fs::{self, DirBuilder};
use std::io;
use std::path::{self, Path, PathBuf};

use crate::auth::AccessKey;
use crate::server::Tls;

const FILES: [&str; 5] =
    ["config", "credentials", "emulator_credentials", "ca.pem", "truststore.p12"];

/// The Region of `config`.
const REGION: &str = "us-east-1";

/// The files of a running emulator. They are removed when this is dropped.
#[derive(Debug)]
pub(super) struct CredentialsFolder(PathBuf);

impl CredentialsFolder {
    /// Writes the files to `directory/port`. Files that an earlier emulator left there are replaced. Only
    /// the current user can read them.
    pub(super) fn write(
        directory: &Path,
        port: u16,
        url: &str,
        key: &AccessKey,
        tls: &Tls,
    ) -> io::Result<Self> {
        let folder = path::absolute(directory)?.join(port.to_string());
        create(&folder)?;
        let folder = Self(folder);
        let credentials = format!(
            "[default]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
            key.id, key.secret
        );
        let ca = folder.0.join("ca.pem");
        let config = format!(
            "[default]\nregion = {REGION}\nendpoint_url = {url}\nca_bundle = {}\n",
            ca.display()
        );
        let contents: [&[u8]; FILES.len()] = [
            config.as_bytes(),
            credentials.as_bytes(),
            credentials.as_bytes(),
            tls.ca_pem().as_bytes(),
            tls.truststore(),
        ];
        for (name, content) in FILES.iter().zip(contents) {
            write_file(&folder.0, name, content)?;
        }
        Ok(folder)
    }

    /// The folder.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for CredentialsFolder {
    fn drop(&mut self) {
        for name in FILES {
            let _ = fs::remove_file(self.0.join(name));
        }
        // Fails, as it should, if the folder has other files.
        let _ = fs::remove_dir(&self.0);
    }
}

/// Writes a file that only the current user can read.
#[cfg(feature = "tls")]
fn write_file(folder: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    use std::io::Write as _;
    // The temporary file has mode 0600. It is renamed when complete, so that no reader sees a part of it.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(content)?;
    file.persist(folder.join(name))?;
    Ok(())
}

/// Reports that this build has no HTTPS, which the files are for.
///
/// # Errors
/// Always.
#[cfg(not(feature = "tls"))]
fn write_file(_: &Path, _: &str, _: &[u8]) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Creates a folder and its missing parents, with access for the current user only.
fn create(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
}

/// Creates an access key from random bytes.
pub(super) fn fresh_key(random: [u8; 56]) -> AccessKey {
    const ID_LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    const SECRET_LETTERS: &[u8; 64] =
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (id, secret) = random.split_at(16);
    let letter = |letters: &[u8], byte: u8| char::from(letters[usize::from(byte) % letters.len()]);
    let id = id.iter().map(|byte| letter(ID_LETTERS, *byte));
    let secret = secret.iter().map(|byte| letter(SECRET_LETTERS, *byte));
    AccessKey::new(format!("AKIA{}", id.collect::<String>()), secret.collect::<String>())
}
