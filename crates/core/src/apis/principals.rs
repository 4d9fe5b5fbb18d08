use latchkey_jose::Principal;

/// For whom those may act who call an API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Principals {
    /// Programs for themselves, and programs for people.
    #[default]
    Both,
    /// Programs for themselves alone.
    Service,
    /// Programs for people alone.
    User,
}

impl Principals {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Both, Self::Service, Self::User];

    /// Whether the API takes who acts for this one.
    pub const fn take(self, principal: Principal) -> bool {
        match self {
            Self::Both => true,
            Self::Service => matches!(principal, Principal::Service),
            Self::User => matches!(principal, Principal::User),
        }
    }

    /// The word that forms and the database use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Both => "both",
            Self::Service => "service",
            Self::User => "user",
        }
    }

    /// The kinds that it takes, as bodies name them.
    pub const fn kinds(self) -> &'static [Principal] {
        match self {
            Self::Both => &[Principal::Service, Principal::User],
            Self::Service => &[Principal::Service],
            Self::User => &[Principal::User],
        }
    }

    /// What takes exactly these kinds; `None` where there is none.
    pub fn of(kinds: &[Principal]) -> Option<Self> {
        match (kinds.contains(&Principal::Service), kinds.contains(&Principal::User)) {
            (true, true) => Some(Self::Both),
            (true, false) => Some(Self::Service),
            (false, true) => Some(Self::User),
            (false, false) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_what_is_taken_go_together() {
        for principals in Principals::ALL {
            assert_eq!(Principals::of(principals.kinds()), Some(principals));
            for kind in [Principal::Service, Principal::User] {
                assert_eq!(principals.take(kind), principals.kinds().contains(&kind));
            }
        }
        assert_eq!(Principals::of(&[]), None);
    }
}
