//! `&&` and `||` over conditions of any kind, always flat: no `All` in an `All`, none with fewer than two parts.
//! So spacing and redundant parentheses do not survive parsing, and equality is by meaning.

/// A condition or a combination of conditions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expr<C> {
    Is(C),
    /// `a && b && …`
    All(Vec<Expr<C>>),
    /// `a || b || …`
    Any(Vec<Expr<C>>),
}

impl<C> Expr<C> {
    pub(crate) fn all(parts: Vec<Self>) -> Self {
        let flat = parts.into_iter().flat_map(|part| match part {
            Self::All(inner) => inner,
            other => vec![other],
        });
        single_or(flat.collect(), Self::All)
    }

    pub(crate) fn any(parts: Vec<Self>) -> Self {
        let flat = parts.into_iter().flat_map(|part| match part {
            Self::Any(inner) => inner,
            other => vec![other],
        });
        single_or(flat.collect(), Self::Any)
    }

    /// Does it hold, given which conditions do?
    pub(crate) fn holds(&self, condition: &impl Fn(&C) -> bool) -> bool {
        match self {
            Self::Is(c) => condition(c),
            Self::All(parts) => parts.iter().all(|part| part.holds(condition)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(condition)),
        }
    }

    /// Every condition, from left to right.
    pub(crate) fn each<'a>(&'a self, visit: &mut impl FnMut(&'a C)) {
        match self {
            Self::Is(c) => visit(c),
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.each(visit)),
        }
    }
}

fn single_or<C>(mut parts: Vec<Expr<C>>, combine: impl FnOnce(Vec<Expr<C>>) -> Expr<C>) -> Expr<C> {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            parts.extend(last);
            combine(parts)
        }
    }
}
