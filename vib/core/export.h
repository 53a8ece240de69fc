#pragma once

/// Marks what the shared library shows. Everything else is hidden, so that it can change, and cannot clash with what is
/// linked beside it.
#define VIB_API __attribute__((visibility("default")))
