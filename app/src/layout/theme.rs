//! The colour theme.

use crate::leptos_ext::current_location;
use crate::local_path::local_path;
use crate::page_context::{PageContext, THEME, page_context};
use crate::server_functions::{AppError, FormResponse, FormValues, UnknownFields};
#[cfg(feature = "ssr")]
use crate::server_functions::{Preference, keep_preference};
use crate::ui::{Icon, MutationForm};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::server_fn::codec::Json;

/// The colour theme that a person has chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Theme {
    /// The theme of the operating system.
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    /// The value in cookies, forms and the `data-theme` attribute.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme with this name, or the system's for any other.
    fn parse(text: &str) -> Self {
        [Self::Light, Self::Dark].into_iter().find(|theme| theme.as_str() == text).unwrap_or_default()
    }

    pub fn of(page_context: &PageContext) -> Self {
        Self::parse(page_context.preference(THEME).unwrap_or_default())
    }
}

/// Stores the theme in a cookie and returns to the page.
#[server(prefix = "/ui", endpoint = "preferences/theme", output = Json)]
pub async fn choose_theme(
    theme: String,
    page: String,
    #[server(flatten)] unknown_fields: UnknownFields,
) -> Result<FormResponse, AppError> {
    unknown_fields.reject()?;
    keep_preference(Preference { name: THEME, value: Theme::parse(&theme).as_str().to_owned() })?;
    FormResponse::redirect(local_path(&page)).send()
}

/// The switch at the foot of the navigation: one button for each theme.
#[component]
pub(super) fn ThemeSwitch() -> impl IntoView {
    let chosen = RwSignal::new(Theme::of(&page_context()));
    let button = move |theme: Theme, label: &'static str, icon: &'static str| {
        view! {
            <button
                type="submit" name="theme" value=theme.as_str() title=label aria-label=label
                aria-pressed=move || if chosen.get() == theme { "true" } else { "false" }
            >
                <Icon name=icon/>
            </button>
        }
    };
    let apply = Callback::new(move |values: FormValues| {
        let theme = Theme::parse(values.get("theme"));
        chosen.set(theme);
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-theme", theme.as_str());
        }
    });
    view! {
        <MutationForm action=ChooseTheme::PATH page=current_location() class="theme-switch" label="Theme" on_submit=apply stay=true>
            {button(Theme::System, "System theme", "theme-system")}
            {button(Theme::Light, "Light theme", "theme-light")}
            {button(Theme::Dark, "Dark theme", "theme-dark")}
        </MutationForm>
    }
}
