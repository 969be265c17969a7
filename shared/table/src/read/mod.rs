//! Queries: entities by their ids, and lists page by page.

mod cursor;
mod list;
mod load;
mod names;
mod reader;

pub use cursor::{Cursor, ForeignCursor};
pub use list::{List, Page, Part, Slice};
pub use names::{NameList, NamePlace, Names};
pub use reader::{LISTS_AT_ONCE, Reader};
