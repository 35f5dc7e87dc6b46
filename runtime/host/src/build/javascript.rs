//! JavaScript and TypeScript: tsc makes the one the other, componentize-qjs puts it and QuickJS into a component.

use std::path::PathBuf;

use super::tool::{self, Tool};
use super::work::Work;
use super::world::World;
use super::{BuildError, Language};

const COMPONENTIZE: Tool =
    Tool { names: &["componentize-qjs"], get: "npm install --global componentize-qjs@0.4.5" };
const TSC: Tool = Tool { names: &["tsc"], get: "npm install --global typescript" };

/// Builds a connector in JavaScript or TypeScript.
pub(super) async fn build(work: &Work, world: &World, language: Language) -> Result<PathBuf, BuildError> {
    let installed = work.folder.join("node_modules/.bin");
    let componentize = COMPONENTIZE.find(Some(&installed))?;
    let author = if language == Language::TypeScript { "./js/connector.js" } else { "../../connector.js" };
    let mut imports = world.imports();
    // There is nothing in it to be called.
    imports.retain(|name| name != "contract");
    work.generate(vec![("entry.js".into(), entry(author, &world.exports(), &imports).into_bytes())])?;
    if language == Language::TypeScript {
        let mut command = tool::command(TSC.find(Some(&installed))?, &work.folder);
        command.args(["--project", ".", "--noEmit", "false", "--rootDir", ".", "--outDir", ".servo/gen/js"]);
        tool::run(&mut command, "tsc").await?;
    }
    let component = work.file("component.wasm");
    let mut command = tool::command(componentize, &work.folder);
    // Without --sync it takes the asynchronous calls of WASI 0.3, which the host does not offer.
    command.args(["--sync", "--wit", ".servo/wit", "--world", &world.name, "--module-root", "."]);
    command.args(["--js", ".servo/gen/entry.js", "--output"]).arg(&component);
    tool::run_quietly(&mut command, "componentize-qjs").await?;
    Ok(component)
}

/// The module that exports what the world exports; the SDK makes it from the author's object and from what the world
/// imports. The SDK has the name by which authors import it, so that it is there once.
fn entry(author: &str, exports: &[String], imports: &[String]) -> String {
    let quoted: Vec<String> = exports.iter().map(|name| format!("{name:?}")).collect();
    let imported = imports.iter().map(|name| format!("import {name} from \"servo:connector/{name}\";\n"));
    format!(
        "import connector from \"{author}\";\n\
         import {{ serve }} from \"servo-sdk/serve.js\";\n\
         {}\
         export const {{ {} }} = serve(connector, [{}], {{ {} }});\n",
        imported.collect::<String>(),
        exports.join(", "),
        quoted.join(", "),
        imports.join(", "),
    )
}
