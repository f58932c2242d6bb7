"""A distance between categories of a tree, in which a near miss weighs less than a far one.

Every category stands for itself and all its ancestors (the root, which everything has, left out).
With A* the union of these over a set A, the distance of two sets is that of Jaccard between A* and B*:

    d(A, B) = 1 - |A* and B*| / |A* or B*|

Two siblings under one parent differ by 1 - 1/3, a category and its parent by 1 - 1/2, categories of
different branches by 1. Where no category has a parent, A* = A: between sets this is the Jaccard
distance, between single labels the nominal one. As a Jaccard distance it is a metric on the closed
sets, so that sets with the same closure (a child, and the child with its parent) are one value.

Source of the closure: S. Kiritchenko, S. Matwin and A. F. Famili, Functional annotation of genes using
hierarchical text categorization (2005), whose hierarchical precision and recall augment both sets by
their ancestors; of the coefficient: K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jury.agreement.alpha import OfSets, distance_of_sets
from jury.agreement.columns import Floats
from jury.agreement.errors import BadTree
from jury.agreement.rows import members


def tree(values: Sequence[str], parents: Mapping[str, str], separator: str | None) -> OfSets:
    """Return alpha under the tree's distance; see :func:`tree_distance` for the arguments."""
    return OfSets(tree_distance(values, parents, separator), closed=True)


def tree_distance(
    values: Sequence[str], parents: Mapping[str, str], separator: str | None
) -> Floats:
    """Return the distances of all pairs of labels, shaped (values, values), each from 0 to 1.

    Args:
        values: The labels, each a category or a set of them.
        parents: The parent of each category that has one; what is not named has none.
        separator: Of set-valued labels; None where each label is one category.

    Raises:
        BadTree: When a category is its own ancestor.
    """
    sets = [(value,) if separator is None else members(value, separator) for value in values]
    closed = [{above for name in one for above in lineage(name, parents)} for one in sets]
    return distance_of_sets(closed, masi_weights=False)


def lineage(name: str, parents: Mapping[str, str]) -> tuple[str, ...]:
    """Return a category and its ancestors, from itself up.

    >>> lineage("malware", {"malware": "crime", "crime": ""})
    ('malware', 'crime')

    Raises:
        BadTree: When a category is its own ancestor.
    """
    found = [name]
    while above := parents.get(found[-1], ""):
        if above in found:
            message = f"{above!r} is its own ancestor"
            raise BadTree(message)
        found.append(above)
    return tuple(found)
