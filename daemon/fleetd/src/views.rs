//! Views of the list of rooms that people keep for themselves: a name and what was asked for. Knows no page.

use crate::store::{Revision, Shelf, Store, StoreError};
use fleet_proto::TenantId;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Views of one person.
const MOST: usize = 40;
/// Letters of a name.
const LONGEST: usize = 60;

/// One view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedView {
    /// What its person calls it.
    pub name: String,
    /// What was asked for, as the query of an address.
    pub query: String,
}

/// Why a view is not kept.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// Without a name, or with one that is too long.
    #[error("a view's name has 1 to {LONGEST} letters")]
    Name,
    /// There are too many.
    #[error("no more than {MOST} views are kept")]
    Full,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Everybody's views.
pub struct ViewDesk(Shelf<Vec<SavedView>>);

impl ViewDesk {
    /// In this store.
    #[must_use]
    pub fn new(store: &Arc<dyn Store>) -> ViewDesk {
        ViewDesk(Shelf::new(store, "views"))
    }

    /// A person's, in the order of names.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn of(&self, tenant: &TenantId, who: &str) -> Result<Vec<SavedView>, StoreError> {
        let kept = self.0.get(tenant, who).await?;
        Ok(kept.map(|kept| kept.value).unwrap_or_default())
    }

    /// Keeps one, in place of an older one of the same name.
    ///
    /// # Errors
    /// When it has no good name, there are too many, or the store fails.
    pub async fn keep(
        &self,
        (tenant, who): (&TenantId, &str),
        view: SavedView,
    ) -> Result<(), ViewError> {
        let name = view.name.trim().to_owned();
        if name.is_empty() || name.chars().count() > LONGEST {
            return Err(ViewError::Name);
        }
        let view = SavedView { name, ..view };
        self.change((tenant, who), |views| {
            views.retain(|old| old.name != view.name);
            if views.len() >= MOST {
                return Err(ViewError::Full);
            }
            views.push(view.clone());
            views.sort_by(|a, b| a.name.cmp(&b.name));
            Ok(())
        })
        .await
    }

    /// Forgets one.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn drop(
        &self,
        (tenant, who): (&TenantId, &str),
        name: &str,
    ) -> Result<(), ViewError> {
        self.change((tenant, who), |views| {
            views.retain(|old| old.name != name);
            Ok(())
        })
        .await
    }

    async fn change(
        &self,
        at: (&TenantId, &str),
        change: impl Fn(&mut Vec<SavedView>) -> Result<(), ViewError>,
    ) -> Result<(), ViewError> {
        loop {
            let kept = self.0.get(at.0, at.1).await?;
            let (revision, mut views) = match kept {
                Some(kept) => (kept.revision, kept.value),
                None => (Revision::ABSENT, Vec::new()),
            };
            change(&mut views)?;
            match self.0.put(at, revision, &views).await {
                Ok(_) => return Ok(()),
                // The same person in another window; looked at anew.
                Err(StoreError::Conflict(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Sqlite;

    fn view(name: &str, query: &str) -> SavedView {
        SavedView {
            name: name.to_owned(),
            query: query.to_owned(),
        }
    }

    #[tokio::test]
    async fn each_person_has_views_of_their_own_and_a_name_names_one() {
        let folder = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> =
            Arc::new(Sqlite::open(&folder.path().join("fleet.db")).unwrap());
        let desk = ViewDesk::new(&store);
        let tenant = "own".parse().unwrap();
        let (anna, bert) = ((&tenant, "anna"), (&tenant, "bert"));
        desk.keep(anna, view("Rot", "light=red")).await.unwrap();
        desk.keep(anna, view(" Nord ", "site=nord")).await.unwrap();
        desk.keep(anna, view("Rot", "light=red&site=nord"))
            .await
            .unwrap();
        let kept = desk.of(&tenant, "anna").await.unwrap();
        assert_eq!(
            kept,
            [
                view("Nord", "site=nord"),
                view("Rot", "light=red&site=nord")
            ]
        );
        assert_eq!(desk.of(&tenant, "bert").await.unwrap(), []);
        desk.drop(bert, "Rot").await.unwrap();
        desk.drop(anna, "Nord").await.unwrap();
        assert_eq!(desk.of(&tenant, "anna").await.unwrap().len(), 1);
        for bad in ["", "  ", &"x".repeat(61)] {
            let refused = desk.keep(anna, view(bad, "")).await;
            assert!(matches!(refused, Err(ViewError::Name)), "{bad:?}");
        }
        for n in 0..MOST {
            let _ = desk.keep(bert, view(&n.to_string(), "")).await;
        }
        let full = desk.keep(bert, view("one more", "")).await;
        assert!(matches!(full, Err(ViewError::Full)));
    }
}
