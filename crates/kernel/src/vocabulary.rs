/// Declares an enum that is stored as its snake_case name and shown as its label. The crate that uses it has `serde` and `strum`.
#[macro_export]
macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident => $label:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::serde::Serialize, ::serde::Deserialize,
            ::strum::Display, ::strum::EnumIter, ::strum::EnumString, ::strum::IntoStaticStr,
        )]
        #[serde(rename_all = "snake_case")]
        #[strum(serialize_all = "snake_case")]
        pub enum $name {
            $($(#[$vdoc])* #[doc = concat!("Shown as “", $label, "”.")] $variant),+
        }

        impl $name {
            /// All values, in the order in which they are shown.
            pub const ALL: &[$name] = &[$($name::$variant),+];

            /// The name it is stored under, for example in columns and addresses.
            #[must_use]
            pub fn name(self) -> &'static str {
                self.into()
            }

            /// The words that people read.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self { $($name::$variant => $label),+ }
            }
        }
    };
}
