//! Enums whose variants each have a row of what there is to know about them.

/// Declares an enum with a constant for each variant. Adding a variant is adding a row.
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
            /// Every one, in the order of their rows.
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
