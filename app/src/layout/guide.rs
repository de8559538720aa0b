//! The guides of `docs/guides`, as documents of the console: for the day when there is no other network.

use super::shell::AssetPaths;
use super::static_page::static_page;
use crate::page::Page;
use crate::page_context::PageContext;
use crate::ui::Icon;
use leptos::prelude::*;
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

/// Where guides are, before their name.
pub const GUIDES_PATH: &str = "/guides/";

/// Each guide by its name.
const GUIDES: [(&str, &str); 6] = [
    ("client-configuration", include_str!("../../../docs/guides/client-configuration.md")),
    ("docker-credential-helper", include_str!("../../../docs/guides/docker-credential-helper.md")),
    ("kubelet-credential-provider", include_str!("../../../docs/guides/kubelet-credential-provider.md")),
    ("manifests", include_str!("../../../docs/guides/manifests.md")),
    ("scripts", include_str!("../../../docs/guides/scripts.md")),
    ("temporary-registry", include_str!("../../../docs/guides/temporary-registry.md")),
];

/// The document of a guide, which needs no script. `None` if there is none of this name.
pub fn guide_page(assets: &AssetPaths, page_context: PageContext, name: &str) -> Option<String> {
    let (_, markdown) = GUIDES.into_iter().find(|(known, _)| *known == name)?;
    let title = markdown.lines().next().unwrap_or_default().trim_start_matches("# ").to_owned();
    let html = to_html(markdown);
    Some(static_page(assets, page_context, &title, || {
        view! {
            <div class="document">
                <a class="brand" href=Page::Registries.path()><Icon name="mark"/>"Portolan"</a>
                <article inner_html=html></article>
            </div>
        }
    }))
}

/// The text comes with the program, so its HTML needs no cleaning. A link to another guide leads to that guide; what a
/// link into the rest of the sources says is kept, without the link.
fn to_html(markdown: &str) -> String {
    let mut dropped = false;
    let events = Parser::new_ext(markdown, Options::ENABLE_TABLES).filter_map(|event| match event {
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            let kept = link(&dest_url).map(|dest_url| Event::Start(Tag::Link { link_type, dest_url, title, id }));
            dropped = kept.is_none();
            kept
        }
        Event::End(TagEnd::Link) if dropped => {
            dropped = false;
            None
        }
        // A block that scrolls must be reachable with the keyboard.
        Event::Start(Tag::CodeBlock(_)) => Some(Event::Html("<pre tabindex=\"0\"><code>".into())),
        Event::End(TagEnd::CodeBlock) => Some(Event::Html("</code></pre>".into())),
        event => Some(event),
    });
    let mut text = String::new();
    html::push_html(&mut text, events);
    text
}

/// Where a link leads from the console.
fn link<'a>(destination: &str) -> Option<CowStr<'a>> {
    if destination.starts_with("https://") || destination.starts_with('#') {
        return Some(destination.to_owned().into());
    }
    let (file, anchor) = destination.split_once('#').map_or((destination, None), |(file, anchor)| (file, Some(anchor)));
    let name = file.strip_suffix(".md").filter(|name| GUIDES.iter().any(|(known, _)| known == name))?;
    let anchor = anchor.map(|anchor| format!("#{anchor}")).unwrap_or_default();
    Some(format!("{GUIDES_PATH}{name}{anchor}").into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::{fs, path::Path};

    #[test]
    fn every_guide_is_served() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guides");
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let there: BTreeSet<_> = files.map(|file| file.trim_end_matches(".md").to_owned()).collect();
        assert_eq!(GUIDES.into_iter().map(|(name, _)| name.to_owned()).collect::<BTreeSet<_>>(), there);
    }

    #[test]
    fn links_lead_to_other_guides_or_are_left_out() {
        let html =
            to_html("[a](temporary-registry.md#x) [b](../operation.md) [c](https://example.com)\n\n```sh\na < b\n```");
        assert!(
            html.contains("<a href=\"/guides/temporary-registry#x\">a</a> b <a href=\"https://example.com\">c</a>"),
            "{html}"
        );
        assert!(html.contains("<pre tabindex=\"0\"><code>a &lt; b\n</code></pre>"), "{html}");
    }
}
