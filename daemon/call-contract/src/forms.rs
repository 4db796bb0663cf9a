//! Owns what a contract needs to know of a page made of forms: forms with their fields, tokens, who made it. Pure.
//! Knows no front end.

use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};
use room_core::ids::Private;

/// Most fields of one page.
const MAX_FIELDS: usize = 500;

/// A page.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Page {
    /// Rails' token for requests of scripts.
    pub csrf: Option<Private>,
    /// `data-controller` of the body, as Rails applications set it.
    pub controller: Option<String>,
    /// Its forms, in order.
    pub forms: Vec<Form>,
}

/// A form.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Form {
    /// Where it is sent; `None`: to the page's own address.
    pub action: Option<String>,
    /// Its inputs, in order.
    pub fields: Vec<Field>,
}

/// An input.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub id: String,
    pub name: String,
    pub value: Private,
    pub hidden: bool,
}

impl Form {
    /// The field whose name ends so.
    pub fn field(&self, end: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name.ends_with(end))
    }

    /// Whether an input has this id.
    pub fn has_id(&self, id: &str) -> bool {
        self.fields.iter().any(|field| field.id == id)
    }

    /// What a browser would send beside what a person fills in.
    pub fn hidden(&self) -> Vec<(String, Private)> {
        let hidden = self.fields.iter().filter(|field| field.hidden);
        hidden
            .map(|field| (field.name.clone(), field.value.clone()))
            .collect()
    }
}

impl Page {
    /// Reads a page; anything is one.
    pub fn read(text: &str) -> Self {
        let mut page = Self::default();
        let mut open = false;
        let mut fields = 0;
        let mut emitter = DefaultEmitter::default();
        // Scripts may hold tags in strings: those are no forms.
        emitter.naively_switch_states(true);
        for Ok(token) in Tokenizer::new_with_emitter(text, emitter) {
            match token {
                Token::StartTag(tag) => match tag.name.as_slice() {
                    b"form" => {
                        open = true;
                        let action = attribute(&tag, "action").filter(|a| !a.is_empty());
                        page.forms.push(Form {
                            action,
                            fields: Vec::new(),
                        });
                    }
                    b"input" if open && fields < MAX_FIELDS => {
                        fields += 1;
                        if let Some(form) = page.forms.last_mut() {
                            form.fields.push(field(&tag));
                        }
                    }
                    b"meta" if attribute(&tag, "name").as_deref() == Some("csrf-token") => {
                        page.csrf = attribute(&tag, "content").map(Private::new);
                    }
                    b"body" => page.controller = attribute(&tag, "data-controller"),
                    _ => {}
                },
                Token::EndTag(tag) if tag.name.as_slice() == b"form" => open = false,
                _ => {}
            }
        }
        page
    }
}

fn field(tag: &StartTag<()>) -> Field {
    let text = |name: &str| attribute(tag, name).unwrap_or_default();
    Field {
        id: text("id"),
        name: text("name"),
        value: Private::new(text("value")),
        hidden: text("type").eq_ignore_ascii_case("hidden"),
    }
}

fn attribute(tag: &StartTag<()>, name: &str) -> Option<String> {
    let value = tag.attributes.get(name.as_bytes())?;
    Some(String::from_utf8_lossy(&value.value).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_tokens_and_the_controller_are_read() {
        let page = Page::read(
            r#"<head><meta name="csrf-token" content="a&amp;b"></head><body data-controller="rooms">
            <script>var x = "<form action='/evil'><input name='q'>";</script>
            <form action="/b/x/login" method="post"><input type="hidden" name="authenticity_token" value="t">
            <input id="room_access_code" name="room[access_code]"></form>
            <input name="outside"><form><input id="_b_x_join_name" name="/b/x[join_name]" value=""></form>"#,
        );
        assert_eq!(page.csrf, Some(Private::new("a&b")));
        assert_eq!(page.controller.as_deref(), Some("rooms"));
        assert_eq!(page.forms.len(), 2);
        let login = &page.forms[0];
        assert_eq!(login.action.as_deref(), Some("/b/x/login"));
        assert!(login.field("[access_code]").is_some() && login.has_id("room_access_code"));
        assert_eq!(
            login.hidden(),
            [("authenticity_token".to_owned(), Private::new("t"))]
        );
        assert_eq!(page.forms[1].action, None);
        assert_eq!(page.forms[1].fields.len(), 1);
    }
}
