//! Enums with a row of properties for each variant.

/// Declares an enum with a constant row for each variant. To add a variant, add a row.
macro_rules! rows {
    (
        $(#[$meta:meta])*
        pub enum $Name:ident: $Row:ty {
            $($(#[$doc:meta])* $Variant:ident = $row:expr,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $Name {
            $($(#[$doc])* $Variant,)+
        }

        impl $Name {
            /// All variants, in the order of their rows.
            pub const ALL: [Self; [$(stringify!($Variant)),+].len()] = [$(Self::$Variant),+];

            const fn row(self) -> $Row {
                match self {
                    $(Self::$Variant => $row,)+
                }
            }
        }
    };
}

pub(crate) use rows;
