"""`janus catalogue`: build, check and show the metadata that other catalogues harvest."""

from pathlib import Path
from typing import Annotated

import typer

from janus_warehouse.cli.steps import wrong_names_are_wrong_usage
from janus_warehouse.errors import NotAvailableError

app = typer.Typer(no_args_is_help=True, help=__doc__)


@app.command()
def build(
    release: Annotated[str, typer.Argument(help="Name of the release, such as 2022.1")],
) -> None:
    """Write, check and publish the catalogue of a release.

    Example: janus catalogue build 2022.1
    """
    from janus_warehouse.catalogue import build_catalogue

    with wrong_names_are_wrong_usage():
        result = build_catalogue(release)
    typer.echo(
        f"{result.path}: {len(result.datasets)} datasets, {result.triples} triples, 0 breaches"
    )


@app.command()
def validate(
    file: Annotated[
        Path | None,
        typer.Argument(help="Turtle, RDF/XML or JSON-LD; without it everything published"),
    ] = None,
) -> None:
    """Check a file, or the published catalogue, against our shapes.

    Example: janus catalogue validate somebody_elses.ttl
    """
    from janus_warehouse.catalogue.foreign import read_rdf
    from janus_warehouse.catalogue.gate import breaches, load_shapes
    from janus_warehouse.platform.settings import get_settings

    shapes = load_shapes(get_settings().metadata_dir / "shapes")
    found = 0
    for path in [file] if file else published_documents():
        graph = read_rdf(path)
        listed = breaches(graph, shapes)
        found += len(listed)
        typer.echo(f"{path}: {len(graph)} triples, {len(listed)} breaches")
        for breach in listed:
            typer.echo(f"  {breach}")
    raise typer.Exit(1 if found else 0)


@app.command()
def show() -> None:
    """List the published datasets with their figures and files.

    Example: janus catalogue show
    """
    from rdflib import Literal
    from rdflib.namespace import DCTERMS, RDF

    from janus_warehouse.catalogue.foreign import read_rdf
    from janus_warehouse.catalogue.namespaces import DCAT, HEALTH

    for path in published_documents()[1:]:
        graph = read_rdf(path)
        dataset = graph.value(predicate=RDF.type, object=DCAT.Dataset)
        titles = [t for t in graph.objects(dataset, DCTERMS.title) if isinstance(t, Literal)]
        title = next(t for t in titles if t.language == "en")
        individuals = graph.value(dataset, HEALTH.numberOfUniqueIndividuals) or "withheld"
        version = graph.value(dataset, DCAT.version)
        typer.echo(f"{path.stem} ({version}): {title}; individuals {individuals}; {path}")


def published_documents() -> list[Path]:
    """Return the published Turtle files, the catalogue first.

    Raises:
        NotAvailableError: Nothing was published yet.
    """
    from janus_warehouse.platform.settings import get_settings

    folder = get_settings().catalogue_dir
    if not (folder / "catalogue.ttl").exists():
        raise NotAvailableError(
            f"no catalogue is published at {folder}: run `janus catalogue build RELEASE`"
        )
    return [folder / "catalogue.ttl", *sorted((folder / "datasets").glob("*.ttl"))]
