//! Rules, targets and alerts in the store. Decides nothing.

use super::rule::defaults;
use super::{Alert, BadRule, BadTarget, Days, Rule, Target};
use crate::rooms::Slug;
use crate::store::{Kept, Revision, Shelf, Store, StoreError};
use fleet_proto::TenantId;
use std::collections::BTreeMap;
use std::sync::Arc;

const DAYS: &str = "told";

/// Where they stand.
pub struct AlertDesk {
    rules: Shelf<Rule>,
    targets: Shelf<Target>,
    alerts: Shelf<Alert>,
    days: Shelf<Days>,
}

/// Why a rule or a target was not taken.
#[derive(Debug, thiserror::Error)]
pub enum AlertError {
    /// The rule.
    #[error(transparent)]
    Rule(#[from] BadRule),
    /// The target.
    #[error(transparent)]
    Target(#[from] BadTarget),
    /// A rule sends to it.
    #[error("the rule {0:?} sends to this target")]
    Used(String),
    /// There is none.
    #[error("there is none of this name")]
    Gone,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AlertDesk {
    /// In this store.
    #[must_use]
    pub fn new(store: &Arc<dyn Store>) -> AlertDesk {
        AlertDesk {
            rules: Shelf::new(store, "alert-rules"),
            targets: Shelf::new(store, "alert-targets"),
            alerts: Shelf::new(store, "alerts"),
            days: Shelf::new(store, "alert-days"),
        }
    }

    /// All rules by name: those that were written, and of the others those that are there from the beginning.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn rules(&self, tenant: &TenantId) -> Result<Vec<(Slug, Rule)>, StoreError> {
        let mut all: BTreeMap<Slug, Rule> = defaults().into_iter().collect();
        for kept in self.rules.all(tenant).await? {
            all.extend(named(kept));
        }
        Ok(all.into_iter().collect())
    }

    /// Writes a rule in place of one of this name.
    ///
    /// # Errors
    /// When it is none, or the store fails.
    pub async fn write_rule(
        &self,
        tenant: &TenantId,
        (name, rule): (&Slug, &Rule),
    ) -> Result<(), AlertError> {
        let targets = self.targets(tenant).await?;
        let targets: Vec<String> = targets.into_keys().map(Into::into).collect();
        rule.check(&targets)?;
        put(&self.rules, (tenant, name), rule).await
    }

    /// Takes a rule away; one that is there from the beginning is as it was then.
    ///
    /// # Errors
    /// When nobody wrote it, or the store fails.
    pub async fn drop_rule(&self, tenant: &TenantId, name: &Slug) -> Result<(), AlertError> {
        take(&self.rules, (tenant, name)).await
    }

    /// All targets by name.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn targets(&self, tenant: &TenantId) -> Result<BTreeMap<Slug, Target>, StoreError> {
        let all = self.targets.all(tenant).await?;
        Ok(all.into_iter().filter_map(named).collect())
    }

    /// Writes a target in place of one of this name.
    ///
    /// # Errors
    /// When it is none, or the store fails.
    pub async fn write_target(
        &self,
        tenant: &TenantId,
        (name, target): (&Slug, &Target),
    ) -> Result<(), AlertError> {
        target.check()?;
        put(&self.targets, (tenant, name), target).await
    }

    /// Takes a target away.
    ///
    /// # Errors
    /// When a rule sends to it, there is none, or the store fails.
    pub async fn drop_target(&self, tenant: &TenantId, name: &Slug) -> Result<(), AlertError> {
        let rules = self.rules(tenant).await?;
        if let Some((rule, _)) = rules.iter().find(|(_, rule)| rule.to.contains(name)) {
            return Err(AlertError::Used(rule.as_str().to_owned()));
        }
        take(&self.targets, (tenant, name)).await
    }

    /// All alerts, the newest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn alerts(&self, tenant: &TenantId) -> Result<Vec<Alert>, StoreError> {
        let all = self.kept(tenant).await?;
        let mut all: Vec<Alert> = all.into_iter().map(|kept| kept.value).collect();
        all.sort_by_key(|alert| std::cmp::Reverse(alert.opened_ms));
        Ok(all)
    }

    pub(super) async fn kept(&self, tenant: &TenantId) -> Result<Vec<Kept<Alert>>, StoreError> {
        self.alerts.all(tenant).await
    }

    pub(super) async fn keep(
        &self,
        tenant: &TenantId,
        expected: Revision,
        alert: &Alert,
    ) -> Result<Revision, StoreError> {
        self.alerts.put((tenant, &alert.id), expected, alert).await
    }

    pub(super) async fn forget(
        &self,
        tenant: &TenantId,
        (id, revision): (&str, Revision),
    ) -> Result<(), StoreError> {
        self.alerts.take((tenant, id), revision).await
    }

    pub(super) async fn days(&self, tenant: &TenantId) -> Result<(Revision, Days), StoreError> {
        let kept = self.days.get(tenant, DAYS).await?;
        Ok(kept.map_or((Revision::ABSENT, Days::new()), |kept| {
            (kept.revision, kept.value)
        }))
    }

    pub(super) async fn keep_days(
        &self,
        tenant: &TenantId,
        (expected, days): (Revision, &Days),
    ) -> Result<Revision, StoreError> {
        self.days.put((tenant, DAYS), expected, days).await
    }
}

fn named<T>(kept: Kept<T>) -> Option<(Slug, T)> {
    Some((Slug::of(&kept.name)?, kept.value))
}

async fn put<T>(
    shelf: &Shelf<T>,
    (tenant, name): (&TenantId, &Slug),
    value: &T,
) -> Result<(), AlertError>
where
    T: serde::Serialize + serde::de::DeserializeOwned,
{
    let before = shelf.get(tenant, name.as_str()).await?;
    let expected = before.map_or(Revision::ABSENT, |kept| kept.revision);
    let at = (tenant, name.as_str());
    Ok(shelf.put(at, expected, value).await.map(drop)?)
}

async fn take<T>(shelf: &Shelf<T>, (tenant, name): (&TenantId, &Slug)) -> Result<(), AlertError>
where
    T: serde::Serialize + serde::de::DeserializeOwned,
{
    let kept = shelf.get(tenant, name.as_str()).await?;
    let kept = kept.ok_or(AlertError::Gone)?;
    Ok(shelf.take((tenant, name.as_str()), kept.revision).await?)
}
