//! Pages and charts as others read them: a browser's parser, a reader of PNG files.

mod charts;
mod made;
mod page;
mod size;
