"""Saying of made-up people that they are made up, wherever a description is read."""

from dataclasses import replace

from janus_warehouse.catalogue.declared import DeclaredFacts, Text
from janus_warehouse.catalogue.inputs import CatalogueInput

_DATASET = {
    "nb": "Personene i datasettet er oppdiktet (testpopulasjon): ingenting kan sluttes om helse.",
    "en": "The people in the dataset are made up (test population): nothing may be concluded "
    "about health.",
}
_CATALOGUE = {
    "nb": "Personene i datasettene fra samlingen {names} er oppdiktet (testpopulasjon): ingenting "
    "kan sluttes om helse fra dem.",
    "en": "The people in the datasets of the collection {names} are made up (test population): "
    "nothing may be concluded from them about health.",
}


def with_notices(facts: DeclaredFacts, given: CatalogueInput) -> DeclaredFacts:
    """Return the facts with a sentence more in each description that is about made-up people.

    The descriptions are those of the datasets of such collections, and of the catalogue that
    lists one. Facts of a release that does not say so are returned as they are.
    """
    made_up = {
        name: dataset
        for name, dataset in facts.datasets.items()
        if dataset.content.collection in given.release.made_up
    }
    if not made_up:
        return facts
    names = ", ".join(sorted({dataset.content.collection for dataset in made_up.values()}))
    said = {language: text.format(names=names) for language, text in _CATALOGUE.items()}
    catalogue = facts.file.catalogue
    catalogue = catalogue.model_copy(update={"description": _more(catalogue.description, said)})
    datasets = {
        name: dataset.model_copy(update={"description": _more(dataset.description, _DATASET)})
        for name, dataset in made_up.items()
    }
    return replace(
        facts,
        file=facts.file.model_copy(update={"catalogue": catalogue}),
        datasets={**facts.datasets, **datasets},
    )


def _more(text: Text, said: dict[str, str]) -> Text:
    return Text(nb=f"{text.nb.rstrip()} {said['nb']}", en=f"{text.en.rstrip()} {said['en']}")
