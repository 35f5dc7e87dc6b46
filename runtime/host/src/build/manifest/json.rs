//! `package.json`, and `connector.json` with the same keys.

use serde::Deserialize;

use crate::sections::Metadata;

/// Reads the text of the file; an error says what is wrong with it.
pub(super) fn read(text: &str) -> Result<Metadata, String> {
    let package: Package = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let authors: Vec<String> =
        package.author.into_iter().chain(package.contributors).map(Person::text).collect();
    Ok(Metadata {
        name: Some(package.name),
        version: Some(package.version),
        description: package.description,
        licenses: package.license,
        homepage: package.homepage,
        authors: (!authors.is_empty()).then(|| authors.join(", ")),
        source: package.repository.map(Repository::url),
        revision: None,
        commands: Vec::new(),
        maturity: package.servo.maturity,
    })
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    description: Option<String>,
    license: Option<String>,
    homepage: Option<String>,
    author: Option<Person>,
    #[serde(default)]
    contributors: Vec<Person>,
    repository: Option<Repository>,
    #[serde(default)]
    servo: Servo,
}

/// What npm does not know.
#[derive(Default, Deserialize)]
struct Servo {
    maturity: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Person {
    Text(String),
    Parts { name: String, email: Option<String> },
}

impl Person {
    fn text(self) -> String {
        match self {
            Person::Text(text) => text,
            Person::Parts { name, email: Some(email) } => format!("{name} <{email}>"),
            Person::Parts { name, email: None } => name,
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Repository {
    Text(String),
    Parts { url: String },
}

impl Repository {
    fn url(self) -> String {
        let (Repository::Text(url) | Repository::Parts { url }) = self;
        // npm writes the program into the scheme.
        url.strip_prefix("git+").map(str::to_owned).unwrap_or(url)
    }
}
