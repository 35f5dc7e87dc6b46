//! `servo sign` and `servo verify`.

use std::path::Path;

use servo_assembly::distribution::{Password, Rules, Verified};

use crate::args::{Sign, Verify};
use crate::exit::{FAILED, Trouble};
use crate::session::Session;
use crate::table::Table;

/// The variable with the password of a private key; cosign's own.
const PASSWORD: &str = "COSIGN_PASSWORD";

/// Signs an artifact, or makes a pair of keys.
pub(crate) async fn sign(args: &Sign, session: &Session) -> Result<(), Trouble> {
    let password = password(args.password_file.as_deref(), session)?;
    let depot = session.depot(&args.registries)?;
    if let Some(name) = &args.generate {
        let pair = depot.generate_keys(name, &password)?;
        let (private, public) = (pair.private.display(), pair.public.display());
        session.printer.say(&format!("{private} and {public} written; the id of the key is {}", pair.id));
        if password.is_empty() {
            session.printer.warn(&format!(
                "{private} is encrypted with an empty password; {PASSWORD} or --password-file give a better one"
            ));
        }
        session
            .printer
            .say(&format!("next: name {public} under `keys` in `trust`, and keep {private} secret"));
        return Ok(());
    }
    let (Some(reference), Some(key)) = (&args.reference, &args.key) else {
        return Err(Trouble::Usage("an artifact and --key are needed, or --generate".to_owned()));
    };
    let reference = reference.parse()?;
    let signed = session.unless_stopped(depot.sign(&reference, key, &password)).await?;
    session.printer.say(&format!("{} is signed with {}", signed.reference, signed.key));
    Ok(())
}

/// Says who signed an artifact, and fails when it would not be accepted.
pub(crate) async fn verify(args: &Verify, session: &Session) -> Result<(), Trouble> {
    let depot = session.depot(&args.registries)?;
    let reference = args.reference.parse()?;
    let rules = if args.key.is_empty() { session.rules()? } else { Rules::default() };
    let verified = session.unless_stopped(depot.verify(&reference, &args.key, &rules)).await?;
    session.printer.show(args.output, &verified, table)?;
    if verified.accepted {
        return Ok(());
    }
    session.printer.error(&verified.verdict);
    Err(Trouble::Said(FAILED))
}

fn table(verified: &Verified) -> String {
    let mut table = Table::new(["PROPERTY", "VALUE"]);
    let rows = [
        ("reference", verified.reference.clone()),
        ("signatures", verified.signatures.to_string()),
        ("signed by", verified.signed_by.join("\n")),
        ("verdict", if verified.accepted { verified.verdict.clone() } else { "refused".to_owned() }),
    ];
    for (what, value) in rows {
        let value = if value.is_empty() { "nobody whose key is known here".to_owned() } else { value };
        table.row([what.to_owned(), value]);
    }
    table.render()
}

/// What decrypts a private key.
fn password(file: Option<&Path>, session: &Session) -> Result<Password, Trouble> {
    match file {
        Some(file) => Password::read(file).map_err(|error| Trouble::Usage(error.to_string())),
        None => Ok(Password::new(session.variable(PASSWORD).unwrap_or_default())),
    }
}
