//! The fields of a list that wait for nothing are answered one after the other, without the library's help: the answer is the same.

use access::Role;
use serde_json::{Value, json};

use super::app::App;

/// Lists whose fields are all columns, some under another name, some twice; what a variable leaves out is not.
const LISTS: [(&str, &str); 2] = [
    (
        "prospects",
        "prospectId publicId a: email email email customerType stage status kycStatus b: kycStatus createdAt",
    ),
    (
        "customers",
        "customerId publicId a: email email email customerType level status activityStatus verificationStatus createdAt",
    ),
];

#[tokio::test]
async fn columns_are_answered_as_fields_are() {
    let app = App::open().await;
    let caller = app.operator(Role::Admin).await;
    app.customers(&caller, 3).await;
    app.prospect(&caller, "one@example.com").await;
    for (list, fields) in LISTS {
        let nodes = async |selection: &str| -> Value {
            let query = format!(
                "{{ {list}(first: 10) {{ nodes {{ {selection} }} edges {{ node {{ {selection} }} }} }} }}"
            );
            let mut data = app.data(&caller, &query, json!({})).await;
            let edges = data[list]["edges"].as_array().unwrap().clone();
            let of_edges: Vec<Value> = edges.iter().map(|edge| edge["node"].clone()).collect();
            let nodes = data[list]["nodes"].take();
            assert_eq!(nodes, Value::from(of_edges), "{selection}");
            nodes
        };
        let columns = nodes(fields).await;
        assert!(columns.as_array().unwrap().len() >= 3, "{columns:#}");
        let first = columns[0].as_object().unwrap();
        assert!(first.values().all(|value| !value.is_null()), "{first:#?}");
        assert_eq!(first["a"], first["email"]);

        // A field that isn't a column, a directive and a fragment: each of them goes the library's way.
        let kind = if list == "prospects" {
            "Prospect"
        } else {
            "Customer"
        };
        for selection in [
            format!("{fields} __typename"),
            format!("{fields} email @include(if: true)"),
            format!("... on {kind} {{ {fields} }}"),
        ] {
            let mut others = nodes(&selection).await;
            for node in others.as_array_mut().unwrap() {
                node.as_object_mut().unwrap().remove("__typename");
            }
            assert_eq!(others, columns, "{selection}");
        }
    }
}
