//! Interfaces of this machine as a source of frames.

mod device;
mod fault;
mod interfaces;
#[cfg(feature = "live-pcap")]
mod libpcap;
mod link;
mod options;
mod pnet;
mod privileges;
mod source;
#[cfg(target_os = "linux")]
mod wait;

pub use fault::{LiveFault, PrivilegeFault, PrivilegeStep};
pub use interfaces::{ANY, Interface, InterfaceKind, interfaces};
pub use options::{Backend, LiveOptions};
pub use privileges::{Privileges, drop_privileges};
pub use source::Live;
