//! What is done at each address. Each act is reached through the table and its door; where a right counts only on a site, the act
//! looks. Draws nothing: pages stand in `pages`.

mod alerts;
mod api;
mod bridge;
mod bulk;
mod change;
mod granted;
mod metrics;
mod outside;
mod people;
mod provider;
mod provision;
mod rollouts;
mod rooms;
mod settings;
mod sight;
mod verbs;
mod views;

use crate::web::{Act, Ask, Refused, Route, Side, Way};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};

pub(crate) use alerts::seen as alerts_seen;
pub(crate) use outside::redirect;
pub(crate) use rollouts::{Shown, asked, now};
pub(crate) use sight::{Choices, Filter, NONE, Sight, each, groups, query};
#[cfg(test)]
pub(crate) use verbs::verb as verb_of;
pub(crate) use verbs::{BUTTONS, canary, needs};

/// What an act becomes.
pub(crate) type Done = Result<Response, Refused>;

/// Carries an act out.
pub(crate) async fn act(route: &Route, ask: Ask) -> Done {
    // A form without its token is an old one, or somebody else's.
    let signs = matches!(route.act, Act::SignIn | Act::Welcome);
    if route.side == Side::Page && route.way != Way::Get && !signs {
        crate::web::of_own_form(&ask)?;
    }
    match route.side {
        Side::Page => page(route.act, ask).await,
        Side::Api => api::api(route.act, ask).await,
        Side::Room => rooms::room_side(route.act, ask).await,
    }
}

async fn page(act: Act, ask: Ask) -> Done {
    use crate::pages;
    match act {
        Act::SignInPage => outside::sign_in_page(ask).await,
        Act::GoToProvider => outside::go(ask).await,
        Act::ComeBack => outside::back(ask).await,
        Act::SignIn => people::sign_in(ask).await,
        Act::SignOut => people::sign_out(ask).await,
        Act::WelcomePage => people::welcome_page(ask).await,
        Act::Welcome => people::welcome(ask).await,
        Act::Speak => Ok(speak(&ask)),
        Act::Asset => pages::asset(ask.part("name")),
        Act::Events => Ok(sight::events(ask)),
        Act::Overview => Ok(pages::overview(&ask).into_response()),
        Act::RoomsPage => pages::rooms(&ask).await,
        Act::KeepView => views::keep(ask).await,
        Act::DropView => views::drop(ask).await,
        Act::PlanBulk => bulk::plan(ask).await,
        Act::BulkPage => bulk::page(ask).await,
        Act::BeginBulk => bulk::begin(ask).await,
        Act::GrantPage => granted::page(ask).await,
        Act::GrantText => granted::text(ask).await,
        Act::Grant => granted::tell(ask).await,
        Act::RoomPage => pages::room(&ask).await,
        Act::RoomFile => rooms::file(&ask).await,
        Act::TellRoom => change::tell(ask).await,
        Act::PlaceRoom => change::place(ask).await,
        Act::TurnOut => change::turn_out(ask).await,
        Act::EnrolPage => pages::enrolment(&ask).await,
        Act::Approve => change::approve(ask).await,
        Act::RefuseRoom => change::refuse(ask).await,
        Act::SettingsPage => pages::settings(&ask).await,
        Act::LevelPage => settings::level_page(ask).await,
        Act::WriteLevel => settings::write_level(ask).await,
        Act::RolloutsPage
        | Act::RolloutPage
        | Act::Begin
        | Act::ChangeRollout
        | Act::StandRoom
        | Act::WriteRings
        | Act::MoveToRing => rollouts::form(act, ask).await,
        Act::AlertsPage => pages::alerts(&ask, None).await,
        Act::RulePage => pages::rule(&ask).await,
        Act::WriteRule => alerts::write_rule(ask).await,
        Act::DropRule => alerts::drop_rule(ask).await,
        Act::TargetPage => pages::target(&ask).await,
        Act::WriteTarget => alerts::write_target(ask).await,
        Act::TryTarget => alerts::try_target(ask).await,
        Act::DropTarget => alerts::drop_target(ask).await,
        Act::BridgePage => bridge::page(ask).await,
        Act::WriteBridge => bridge::write(ask).await,
        Act::DropBridge => bridge::drop(ask).await,
        Act::AuditPage => pages::audit(&ask).await,
        Act::AuditExport => settings::audit_lines(&ask).await,
        Act::PeoplePage => pages::people(&ask, None).await,
        Act::ProviderPage => provider::page(ask).await,
        Act::WriteProvider => provider::write(ask).await,
        Act::TryProvider => provider::try_it(ask).await,
        Act::DropProvider => provider::drop(ask).await,
        Act::Invite => people::invite(ask).await,
        Act::ClosePerson => people::close(ask).await,
        Act::MakeToken => people::make_token(ask).await,
        Act::DropToken => people::drop_token(ask).await,
        _ => Err(Refused::NotFound),
    }
}

/// Back to a page of this server.
pub(crate) fn to(path: &str) -> Response {
    Redirect::to(path).into_response()
}

fn speak(ask: &Ask) -> Response {
    let back = match ask.field("back") {
        path if path.starts_with('/') && !path.starts_with("//") => path,
        _ => "/",
    };
    let tag = texts::Language::of_tag(ask.field("to")).map_or("de", texts::Language::tag);
    let cookie = format!(
        "{}={tag}; Path=/; Max-Age=31536000; Secure; HttpOnly; SameSite=Strict",
        crate::web::LANGUAGE
    );
    ([(header::SET_COOKIE, cookie)], Redirect::to(back)).into_response()
}
