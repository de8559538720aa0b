//! Views that await nothing.
//!
//! To erase a view's type, the framework copies every string in it. It also renders a page twice: first to find what
//! the view awaits, then for good. Most views await nothing and borrow nothing. Declaring that halves the server's
//! work, and saves the browser code that would never run.

use leptos::attr::Attribute;
use leptos::attr::any_attribute::AnyAttribute;
use leptos::children::ToChildren;
use leptos::prelude::*;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::view::add_attr::AddAnyAttr;
use leptos::tachys::view::{Mountable, Position, PositionState, RenderFlags};

/// A view that reads no resource. `IN_PLACE` says whether its elements are updated or replaced when the data changes.
pub(crate) struct SyncView<V, const IN_PLACE: bool>(V);

/// A view that replaces the previous one when the data changes.
pub(crate) fn replacing<V>(view: V) -> SyncView<V, false> {
    SyncView(view)
}

/// A view that updates the previous one when the data changes, so that focus and open menus stay.
pub(crate) fn patching<V>(view: V) -> SyncView<V, true> {
    SyncView(view)
}

/// The children of a component, if they await nothing.
pub(crate) struct SyncChildren(Box<dyn FnOnce() -> AnyView + Send>);

impl SyncChildren {
    /// Renders them.
    pub fn render(self) -> AnyView {
        (self.0)()
    }
}

impl<F, V> ToChildren<F> for SyncChildren
where
    F: FnOnce() -> V + Send + 'static,
    V: RenderHtml + 'static,
{
    fn to_children(make: F) -> Self {
        Self(Box::new(move || replacing(make()).into_any()))
    }
}

impl<V: Render, const IN_PLACE: bool> Render for SyncView<V, IN_PLACE> {
    type State = V::State;

    fn build(self) -> Self::State {
        self.0.build()
    }

    fn rebuild(self, state: &mut Self::State) {
        if IN_PLACE {
            self.0.rebuild(state);
        } else {
            let mut new = self.0.build();
            state.insert_before_this(&mut new);
            state.unmount();
            *state = new;
        }
    }
}

impl<V: RenderHtml + 'static, const IN_PLACE: bool> AddAnyAttr for SyncView<V, IN_PLACE> {
    type Output<SomeNewAttr: Attribute> = Self;

    /// Ignores the attribute: nothing in this app adds any from outside.
    fn add_any_attr<NewAttr: Attribute>(self, _: NewAttr) -> Self::Output<NewAttr> {
        self
    }
}

impl<V: RenderHtml + 'static, const IN_PLACE: bool> RenderHtml for SyncView<V, IN_PLACE> {
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = V::MIN_LENGTH;
    const EXISTS: bool = V::EXISTS;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }

    fn html_len(&self) -> usize {
        self.0.html_len()
    }

    fn to_html_with_buf(
        self,
        buf: &mut String,
        position: &mut Position,
        flags: RenderFlags,
        extra_attrs: Vec<AnyAttribute>,
    ) {
        self.0.to_html_with_buf(buf, position, flags, extra_attrs);
    }

    fn hydrate<const FROM_SERVER: bool>(self, cursor: &Cursor, position: &PositionState) -> Self::State {
        self.0.hydrate::<FROM_SERVER>(cursor, position)
    }

    fn into_owned(self) -> Self {
        self
    }
}
