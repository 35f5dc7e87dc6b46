//! A connector's settings schema, made ready once however many aliases use it.

use std::fmt;
use std::sync::{Arc, OnceLock};

use serde_json::Value;

use crate::check::Checker;
use crate::schema::fields::{Field, fields};
use crate::schema::marks::{Mark, marks};

pub(crate) struct Compiled {
    pub(crate) checker: Checker,
    /// Settings that hold endpoints or files.
    pub(crate) marks: Vec<Mark>,
    // Only variables, origins and `servo schema` need the fields.
    fields: OnceLock<Vec<Field>>,
}

impl Compiled {
    /// The error says what is wrong with the schema.
    pub(crate) fn new(schema: &Value) -> Result<Self, String> {
        let checker = Checker::new(Arc::new(schema.clone()))?;
        Ok(Compiled { checker, marks: marks(schema), fields: OnceLock::new() })
    }

    pub(crate) fn fields(&self) -> &[Field] {
        self.fields.get_or_init(|| fields(self.checker.schema()))
    }
}

impl fmt::Debug for Compiled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Compiled(..)")
    }
}
