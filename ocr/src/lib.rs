//! x
#![allow(missing_docs)]
pub mod adam;
pub mod blur;
pub mod commands;
pub mod data;
pub mod error;
pub mod evaluate;
pub mod fetch;
pub mod files;
pub mod idx;
pub mod layer;
pub mod lenet;
pub mod metrics;
pub mod model;
pub mod protocol;
pub mod random;
pub mod real;
pub mod report;
pub mod response;
pub mod train;
