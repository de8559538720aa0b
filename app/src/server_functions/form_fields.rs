//! The fields of a form, declared once.

/// Declares a struct of a form's fields as typed: strings and [`domain::Secret`]s. Server functions take it flattened,
/// so that the form, its rules and the functions always have the same fields.
macro_rules! form_fields {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $($(#[$field_meta:meta])* pub $field:ident: $type:ty,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
        #[serde(default)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)*
        }

        impl $name {
            /// Reads the fields from a form in the browser.
            #[allow(dead_code, reason = "not every form has rules that the browser checks")]
            pub(crate) fn of(values: &$crate::server_functions::FormValues) -> Self {
                Self { $($field: values.get(stringify!($field)).to_owned().into(),)* }
            }
        }
    };
}

pub(crate) use form_fields;

#[cfg(test)]
#[cfg(feature = "ssr")]
mod tests {
    use crate::server_functions::FormValues;
    use domain::Secret;
    use proptest::prelude::*;

    form_fields! {
        /// A form with a field of each type.
        pub struct Example {
            pub name: String,
            pub password: Secret,
        }
    }

    proptest! {
        /// A rule that both sides check must see the same text on both.
        #[test]
        fn browser_and_server_read_the_same_fields(name in "([ -~\r\n]|(?s:.)){0,40}", password in "([ -~\r\n]|(?s:.)){0,40}", more in "[a-m]{1,9}") {
            let pairs = vec![("name".to_owned(), name.clone()), (more, "x".to_owned()), ("password".to_owned(), password.clone())];
            let body = serde_urlencoded::to_string(&pairs).unwrap();
            let on_server: Example = serde_urlencoded::from_str(&body).unwrap();
            let in_browser = Example::of(&FormValues::new(pairs));
            for fields in [on_server, in_browser] {
                prop_assert_eq!(&fields.name, &name);
                prop_assert_eq!(fields.password.expose(), &password);
            }
        }
    }

    #[test]
    fn a_field_that_was_not_sent_is_empty_on_both_sides() {
        let on_server: Example = serde_urlencoded::from_str("name=one").unwrap();
        let in_browser = Example::of(&FormValues::new(vec![("name".to_owned(), "one".to_owned())]));
        for fields in [on_server, in_browser] {
            assert_eq!((fields.name.as_str(), fields.password.expose()), ("one", ""));
        }
    }
}
