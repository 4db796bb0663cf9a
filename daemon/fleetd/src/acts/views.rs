//! Forms of a person's own views of the list.

use super::{Done, query, to};
use crate::views::{SavedView, ViewError};
use crate::web::{Ask, Refused};

impl From<ViewError> for Refused {
    fn from(error: ViewError) -> Self {
        match error {
            ViewError::Name => Refused::Wrong("view-name"),
            ViewError::Full => Refused::Wrong("view-full"),
            ViewError::Store(error) => error.into(),
        }
    }
}

/// Where a view leads.
pub(super) fn address(query: &str) -> String {
    match query {
        "" => "/rooms".to_owned(),
        query => format!("/rooms?{query}"),
    }
}

pub(super) async fn keep(ask: Ask) -> Done {
    let view = SavedView {
        name: ask.field("name").to_owned(),
        query: query(|key| ask.field(key).to_owned()),
    };
    let back = address(&view.query);
    let at = (ask.tenant(), ask.name());
    ask.fleet.views.keep(at, view).await?;
    Ok(to(&back))
}

pub(super) async fn drop(ask: Ask) -> Done {
    let at = (ask.tenant(), ask.name());
    ask.fleet.views.drop(at, ask.field("name")).await?;
    Ok(to(&address(&query(|key| ask.field(key).to_owned()))))
}
