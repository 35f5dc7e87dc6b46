//! `pyproject.toml`: the table `[project]`, and `[tool.servo]` for what Python does not know.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::sections::Metadata;

/// Reads the text of the file; an error says what is wrong with it.
pub(super) fn read(text: &str) -> Result<Metadata, String> {
    let document: Document = toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())?;
    let project = document.project;
    let url = |wanted: &[&str]| {
        // The labels are free text; these are the well-known ones, in any case.
        let found = project.urls.iter().find(|(label, _)| wanted.contains(&label.to_lowercase().as_str()));
        found.map(|(_, url)| url.clone())
    };
    let authors: Vec<String> = project.authors.into_iter().filter_map(Person::text).collect();
    Ok(Metadata {
        name: Some(project.name),
        version: Some(project.version),
        description: project.description,
        licenses: project.license.map(License::text),
        homepage: url(&["homepage"]),
        authors: (!authors.is_empty()).then(|| authors.join(", ")),
        source: url(&["repository", "source", "source code", "github"]),
        revision: None,
        commands: Vec::new(),
        maturity: document.tool.servo.maturity,
    })
}

#[derive(Deserialize)]
struct Document {
    project: Project,
    #[serde(default)]
    tool: Tools,
}

#[derive(Deserialize)]
struct Project {
    name: String,
    version: String,
    description: Option<String>,
    license: Option<License>,
    #[serde(default)]
    authors: Vec<Person>,
    #[serde(default)]
    urls: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
struct Tools {
    #[serde(default)]
    servo: Servo,
}

#[derive(Default, Deserialize)]
struct Servo {
    maturity: Option<String>,
}

/// An SPDX expression, or the table that older tools write.
#[derive(Deserialize)]
#[serde(untagged)]
enum License {
    Expression(String),
    Table { text: String },
}

impl License {
    fn text(self) -> String {
        let (License::Expression(text) | License::Table { text }) = self;
        text
    }
}

#[derive(Deserialize)]
struct Person {
    name: Option<String>,
    email: Option<String>,
}

impl Person {
    fn text(self) -> Option<String> {
        match (self.name, self.email) {
            (Some(name), Some(email)) => Some(format!("{name} <{email}>")),
            (name, email) => name.or(email),
        }
    }
}
