//! Somebody at a browser: its headers, its cookies, the tokens of its forms. Knows no page.

use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use url::form_urlencoded::Serializer;

pub struct Browser {
    client: Client,
    pub base: String,
    pub cookie: Option<String>,
}

impl Browser {
    pub fn with(base: &str, cookie: Option<&str>) -> Browser {
        let client = super::client()
            .redirect(Policy::none())
            .cookie_store(true)
            .build()
            .unwrap();
        Browser {
            client,
            base: base.to_owned(),
            cookie: cookie.map(str::to_owned),
        }
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.base));
        match &self.cookie {
            Some(cookie) => request.header("cookie", format!("__Host-fleetd={cookie}")),
            None => request,
        }
    }

    pub async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).send().await.unwrap()
    }

    /// The text of a page that is there.
    pub async fn page(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.text().await.unwrap()
    }

    /// Sends a form as its page would.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let mut body = Serializer::new(String::new());
        body.extend_pairs(fields);
        self.request(Method::POST, path)
            .header("origin", &self.base)
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.finish())
            .send()
            .await
            .unwrap()
    }

    /// The token that this person's forms carry.
    pub async fn token(&self) -> String {
        field(&self.page("/").await, "token")
    }

    /// Sets the number to call for help, for a part of the fleet such as `all` or `site/nord`.
    pub async fn sets_help(&self, of: &str) {
        let fields = [
            ("of", of),
            ("over", "0"),
            ("do", "write"),
            ("text", "[help]\nphone = \"47 11\""),
        ];
        self.act("/settings/level", &fields).await;
    }

    /// Sends a form with its token.
    pub async fn act(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let token = self.token().await;
        let mut all = vec![("token", token.as_str())];
        all.extend(fields);
        self.post(path, &all).await
    }
}

/// The value of a hidden field.
pub fn field(page: &str, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    let after = page
        .split(&start)
        .nth(1)
        .unwrap_or_else(|| panic!("no {name} in {page}"));
    after.split('"').next().unwrap().to_owned()
}
