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
