//! Against the kernel's own virtual cameras.

