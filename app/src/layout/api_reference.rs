//! The description of the JSON API, for people. It works offline and without scripts.

use super::shell::AssetPaths;
use super::static_page::static_page;
use crate::page::Page;
use crate::page_context::PageContext;
use crate::ui::Icon;
use leptos::prelude::*;

/// Everything that the document says.
#[derive(Clone, Debug, Default)]
pub struct ApiReference {
    pub introduction: String,
    pub operations: Vec<ApiOperation>,
    pub schemas: Vec<ApiSchema>,
}

#[derive(Clone, Debug)]
pub struct ApiOperation {
    /// Its group.
    pub tag: String,
    pub method: String,
    pub path: String,
    pub description: String,
    pub parameters: Vec<ApiField>,
    /// The name of the schema of the body; `None` if it takes none.
    pub body: Option<String>,
    pub answers: Vec<ApiAnswer>,
}

#[derive(Clone, Debug)]
pub struct ApiAnswer {
    pub status: String,
    pub description: String,
    /// The name of the schema of the body; empty for none.
    pub schema: String,
}

/// The type of a body.
#[derive(Clone, Debug)]
pub struct ApiSchema {
    pub name: String,
    pub description: String,
    pub fields: Vec<ApiField>,
}

/// A parameter, or a field of a schema.
#[derive(Clone, Debug)]
pub struct ApiField {
    pub name: String,
    /// `query`, `path` or `header`; the type of a field.
    pub kind: String,
    pub description: String,
    pub required: bool,
}

/// The document, which needs no script.
pub fn api_reference_page(assets: &AssetPaths, page_context: PageContext, reference: ApiReference) -> String {
    let ApiReference { introduction, operations, schemas } = reference;
    static_page(assets, page_context, "API", || {
        view! {
            <div class="document">
                <a class="brand" href=Page::Registries.path()><Icon name="mark"/>"Portolan"</a>
                <h1>"API"</h1>
                <p>{introduction}</p>
                <p>"For programs: "<a href="/api/openapi.json">"openapi.json"</a>" (OpenAPI 3.1)."</p>
                {operations_by_tag(operations)}
                <h2>"Types"</h2>
                {schemas.into_iter().map(schema_view).collect_view()}
            </div>
        }
    })
}

fn operations_by_tag(operations: Vec<ApiOperation>) -> impl IntoView {
    let mut tags: Vec<String> = Vec::new();
    for operation in &operations {
        if !tags.contains(&operation.tag) {
            tags.push(operation.tag.clone());
        }
    }
    let groups = tags.into_iter().map(move |tag| {
        let of_tag: Vec<_> = operations.iter().filter(|operation| operation.tag == tag).cloned().collect();
        view! {
            <h2>{tag}</h2>
            {of_tag.into_iter().map(operation_view).collect_view()}
        }
    });
    groups.collect_view()
}

fn operation_view(operation: ApiOperation) -> impl IntoView {
    let ApiOperation { method, path, description, parameters, body, answers, .. } = operation;
    let body = body.map(|name| view! { <p>"Body: "{schema_link(name)}</p> });
    let answers = answers.into_iter().map(|ApiAnswer { status, description, schema }| {
        let schema = (!schema.is_empty()).then(|| view! { " "{schema_link(schema)} });
        view! { <dt>{status}</dt><dd>{description}{schema}</dd> }
    });
    view! {
        <details class="panel">
            <summary><strong>{method}</strong>" "<code>{path}</code></summary>
            <p>{description}</p>
            {fields_view(parameters)}
            {body}
            <dl>{answers.collect_view()}</dl>
        </details>
    }
}

fn schema_view(schema: ApiSchema) -> impl IntoView {
    let ApiSchema { name, description, fields } = schema;
    view! {
        <section class="panel" id=name.clone() aria-label=name.clone()>
            <h3>{name.clone()}</h3>
            <p>{description}</p>
            {fields_view(fields)}
        </section>
    }
}

fn fields_view(fields: Vec<ApiField>) -> impl IntoView {
    (!fields.is_empty()).then(|| {
        let rows = fields.into_iter().map(|ApiField { name, kind, description, required }| {
            let required = if required { ", required" } else { "" };
            view! { <dt><code>{name}</code></dt><dd><span class="faint">{kind}{required}</span>" "{description}</dd> }
        });
        view! { <dl>{rows.collect_view()}</dl> }
    })
}

/// A type, and the way to it.
fn schema_link(name: String) -> impl IntoView {
    view! { <a href=format!("#{name}")>{name.clone()}</a> }
}
