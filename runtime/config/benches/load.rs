//! What `servo` pays before it can start: ten aliases of two connectors, read, layered, checked, typed.

use criterion::{Criterion, criterion_group, criterion_main};
use servo_config::{Catalogue, ConnectorType, Environment, Flags, Source, load};

fn catalogue() -> Catalogue {
    let mut catalogue = Catalogue::new();
    for (name, class, schema) in [
        ("prometheus", "PrometheusConnector", include_str!("../testdata/prometheus.json")),
        ("vegeta", "VegetaConnector", include_str!("../testdata/vegeta.json")),
    ] {
        let schema = serde_json::from_str(schema).expect("the fixture is JSON");
        let description = String::new();
        let connector = ConnectorType { name: name.to_owned(), class: class.to_owned(), schema, description };
        catalogue.insert(connector).expect("the names differ");
    }
    catalogue
}

fn ten_aliases(criterion: &mut Criterion) {
    let catalogue = catalogue();
    let yaml = include_str!("../testdata/ten-aliases.yaml");
    let variables = (0..40).map(|index| (format!("SOMETHING_{index}"), "value".to_owned()));
    let environment =
        Environment::new(variables.chain([("SERVO_LOAD0_RATE".to_owned(), "75/1s".to_owned())]));
    criterion.bench_function("load and validate ten aliases", |bencher| {
        bencher.iter(|| {
            let source = Source::from_text("servo.yaml", yaml);
            let loaded = load(&[source], &environment, &Flags::default()).expect("the fixture is right");
            loaded.resolve(&catalogue).expect("the fixture is right")
        });
    });
}

criterion_group!(benches, ten_aliases);
criterion_main!(benches);
