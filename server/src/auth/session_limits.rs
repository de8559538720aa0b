//! How long sessions last.

/// When a session expires. The browser keeps its cookie until it is closed, so this alone decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLimits {
    /// A session expires after this long without a request. Milliseconds.
    pub idle: i64,
    /// A session expires this long after it began, even if it is in use. Milliseconds.
    pub lifetime: i64,
}

impl SessionLimits {
    /// The default of the idle limit. Minutes.
    pub const IDLE_MINUTES: u32 = 30;

    /// The default of the lifetime. Hours.
    pub const LIFETIME_HOURS: u32 = 8;

    pub const DEFAULT: Self = Self::new(Self::IDLE_MINUTES, Self::LIFETIME_HOURS);

    pub const fn new(idle_minutes: u32, lifetime_hours: u32) -> Self {
        Self { idle: idle_minutes as i64 * 60 * 1000, lifetime: lifetime_hours as i64 * 60 * 60 * 1000 }
    }
}

impl Default for SessionLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
