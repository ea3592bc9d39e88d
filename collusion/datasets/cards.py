"""Data cards of the public sets: what each can and cannot show, where it comes from, and which files are taken for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["DATASETS", "Copy", "Dataset", "Label", "markdown"]

Form = Literal["jsonl", "csv", "txt"]
Kind = Literal["reviews", "products", "attacks"]


@dataclass(frozen=True)
class Copy:
    """A file that is taken for a set.

    Parameters
    ----------
    name : str
        Path within a data folder, with ``/``.
    sha256 : str or None
        Of its bytes; None where it is not known.
    """

    name: str
    sha256: str | None = None


@dataclass(frozen=True)
class Label:
    """What a column says of its row.

    Parameters
    ----------
    column : str
    fake, genuine : str
        The two values it takes.
    says : str
        What ``fake`` means in this set, and who says so.
    """

    column: str
    fake: str
    genuine: str
    says: str


@dataclass(frozen=True)
class Dataset:
    """One public set.

    Parameters
    ----------
    name, title, what : str
    files : tuple of Copy
        What is looked for in a data folder, in this order; the first is what a fetch writes.
    form : {"jsonl", "csv", "txt"}
        Of all files; with ``.gz`` or ``.zst`` behind their names they are compressed.
    columns : str
        Those of the files that are read, and what is left out.
    source : str
        Page on which the set is described.
    citation : str
    licence : str
    mind : tuple of str
        What whoever reports a figure on this set must know.
    kind : {"reviews", "products", "attacks"}
        What a row is: a review, a product with its features, or a simulated fake review of a campaign.
    rows, reviewers, products : int or None
        As its authors count; None where that is not known.
    rounded : bool
        Whether these are rounded.
    dialect : str or None
        Of `collusion.reviews.dialect`; told by the header where None.
    header : tuple of str
        Names for the columns of files that have neither a header nor a dialect.
    extra : tuple of str
        Further columns that are kept, beside those a scan uses.
    label : Label or None
    url : str or None
        Where it is fetched from; None where that is not allowed or not possible.
    sha256 : str or None
        Of what lies there; None where it is not known.
    member : str or None
        The file that is taken out of a zip archive that lies there.
    by_hand : str
        How to come by it otherwise.
    """

    name: str
    title: str
    what: str
    files: tuple[Copy, ...]
    form: Form
    columns: str
    source: str
    citation: str
    licence: str
    mind: tuple[str, ...]
    kind: Kind = "reviews"
    rows: int | None = None
    reviewers: int | None = None
    products: int | None = None
    rounded: bool = False
    dialect: str | None = None
    header: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    label: Label | None = None
    url: str | None = None
    sha256: str | None = None
    member: str | None = None
    by_hand: str = ""


NOT_STATED = "None is stated. Used for research; not redistributed here."

NO_SELLERS = "No sellers are named, so co-reviews count once per product, and fans of one seller can look coordinated."

UNLABELLED = "Nothing in it is known to be fake, nor to be genuine."

FIVE_CORE = (
    "A 5-core: reviewers and products with fewer than five reviews were taken out again and again, and with them accounts that wrote once "
    "and most launches. What is left is denser than a market is."
)

WHOLE_DAYS = "Times are whole days."


def _amazon_2014() -> Iterator[Dataset]:
    for category, rows in AMAZON_2014.items():
        file = f"reviews_{category}_5.json"
        yield Dataset(
            name=_named("amazon-2014", category),
            title=f"Amazon Reviews 2014, {_spaced(category)}, 5-core",
            what="Reviews of one category of Amazon, May 1996 to July 2014, of which reviewers and products with five or more are left.",
            files=(Copy(f"{file}.gz"), Copy(file)),
            form="jsonl",
            columns="reviewerID, asin, overall, unixReviewTime and reviewText; reviewerName, helpful, summary and reviewTime are left out.",
            rows=rows,
            source="https://cseweb.ucsd.edu/~jmcauley/datasets/amazon/links.html",
            citation="R. He, J. McAuley: Ups and Downs: Modeling the Visual Evolution of Fashion Trends with One-Class Collaborative "
            "Filtering. WWW 2016.",
            licence=NOT_STATED,
            mind=(UNLABELLED, FIVE_CORE, WHOLE_DAYS, NO_SELLERS, "Whether a purchase was verified is not told."),
            url=f"https://snap.stanford.edu/data/amazon/productGraph/categoryFiles/{file}.gz",
        )


def _amazon_2018() -> Iterator[Dataset]:
    for category, rows in AMAZON_2018.items():
        beauty = category == "All_Beauty"
        file = f"{category}_5.json"
        mind: tuple[str, ...] = (UNLABELLED, FIVE_CORE, WHOLE_DAYS, NO_SELLERS)
        if beauty:
            mind = (
                *mind,
                "4,739 of the 5,269 rows are one reviewer's identical review copied across two or more products: variants of one listing.",
                "Two baskets of four products each were reviewed by more than 300 people alike. A naive detector calls them rings.",
                "`amazon_all_beauty_5.jsonl.gz` is the same set without reviewers' names and links to pictures.",
            )
        yield Dataset(
            name=_named("amazon-2018", category),
            title=f"Amazon Reviews 2018, {_spaced(category)}, 5-core",
            what="Reviews of one category of Amazon, May 1996 to October 2018, of which reviewers and products with five or more are left.",
            files=(
                Copy(f"{file}.gz"),
                Copy(file),
                *((Copy("amazon_all_beauty_5.jsonl.gz", BEAUTY),) if beauty else ()),
            ),
            form="jsonl",
            columns="reviewerID, asin, overall, unixReviewTime, reviewText and verified; reviewerName, vote, style, summary, image and "
            "reviewTime are left out.",
            rows=rows,
            reviewers=991 if beauty else None,
            products=85 if beauty else None,
            source="https://nijianmo.github.io/amazon/index.html",
            citation="J. Ni, J. Li, J. McAuley: Justifying Recommendations using Distantly-Labeled Reviews and Fine-Grained Aspects. "
            "EMNLP-IJCNLP 2019.",
            licence=NOT_STATED,
            mind=mind,
            url=f"https://mcauleylab.ucsd.edu/public_datasets/data/amazon_v2/categoryFilesSmall/{file}.gz",
        )


def _amazon_2023() -> Iterator[Dataset]:
    for category, (reviewers, products, rows) in AMAZON_2023.items():
        file = f"{category}.jsonl"
        yield Dataset(
            name=_named("amazon-2023", category),
            title=f"Amazon Reviews 2023, {_spaced(category)}",
            what="All reviews of one category of Amazon that were collected, May 1996 to September 2023.",
            files=(Copy(file), Copy(f"{file}.gz")),
            form="jsonl",
            columns="user_id, asin, parent_asin (the listing), rating, timestamp, text and verified_purchase; title, images and "
            "helpful_vote are left out.",
            rows=rows,
            reviewers=reviewers,
            products=products,
            rounded=True,
            source="https://huggingface.co/datasets/McAuley-Lab/Amazon-Reviews-2023",
            citation="Y. Hou, J. Li, Z. He, A. Yan, X. Chen, J. McAuley: Bridging Language and Items for Retrieval and Recommendation. "
            "arXiv 2403.03952, 2024.",
            licence=NOT_STATED,
            mind=(
                UNLABELLED,
                "Products are counted by their listing (parent_asin); one review may stand at several variants of it.",
                "Sellers and finer categories are in the files of products, which are not read here.",
                NO_SELLERS,
            ),
            url=f"https://huggingface.co/datasets/McAuley-Lab/Amazon-Reviews-2023/resolve/main/raw/review_categories/{file}",
        )


FILTERED = Label("label", "-1", "1", "Yelp's filter did not recommend the review; nobody knows who paid for what.")

FILTER_MIND = (
    "Labels are a filter's, not rings and not payments, and they test scores of reviewers and of reviews, not groups.",
    "The filter goes by accounts of few reviews: of YelpChi's reviewers with one review 25 % are filtered, of those with ten or more 1 %.",
    "A reviewer counts as fake when any of his reviews is filtered.",
)

ASK = "It is given on request: write to the authors by the address on {page}, unpack what they send, and put it there as {file}."

SPEAGLE = "S. Rayana, L. Akoglu: Collective Opinion Spam Detection: Bridging Review Networks and Metadata. KDD 2015."

METADATA_COLUMNS = (
    "user, product, rating, label and date, parted by a tab or a space, without a header; the texts lie in another file, not read."
)


def _yelp_filtered() -> Iterator[Dataset]:
    page = "https://shebuti.com/yelpchi-dataset/"
    yield Dataset(
        name="yelpchi",
        title="YelpChi, metadata",
        what="Reviews of hotels and restaurants of Chicago, October 2004 to October 2012, with what Yelp's filter made of them.",
        files=(
            Copy("YelpChi/metadata"),
            Copy("YelpChi/metadata.gz"),
            Copy("yelpchi_metadata.txt"),
            Copy("yelpchi_metadata.txt.gz"),
            Copy("yelpchi_stripped.txt.gz", YELPCHI),
        ),
        form="txt",
        dialect="yelpchi",
        columns=METADATA_COLUMNS,
        rows=67_395,
        reviewers=38_063,
        products=201,
        label=FILTERED,
        source=page,
        citation="A. Mukherjee, V. Venkataraman, B. Liu, N. Glance: What Yelp Fake Review Filter Might Be Doing? ICWSM 2013. " + SPEAGLE,
        licence="None is stated for the set; the stripped copy comes from a repository under Apache-2.0.",
        mind=(
            *FILTER_MIND,
            "`yelpchi_stripped.txt.gz` has neither ratings nor dates: nothing can be flagged in it, and rankers have ids alone to go by.",
            "Files named `output_meta_yelpResData_NRYRcleaned.txt` have nine other columns and are not read.",
        ),
        by_hand=ASK.format(page=page, file="YelpChi/metadata"),
    )
    for name, place, rows, reviewers, products in (
        ("YelpNYC", "restaurants of New York City", 359_052, 160_225, 923),
        ("YelpZip", "restaurants of New York, New Jersey, Vermont, Connecticut and Pennsylvania by zip code", 608_598, 260_277, 5_044),
    ):
        slug = name.lower()
        yield Dataset(
            name=slug,
            title=f"{name}, metadata",
            what=f"Reviews of {place}, with what Yelp's filter made of them.",
            files=(
                Copy(f"{name}/metadata"),
                Copy(f"{name}/metadata.gz"),
                Copy(f"{slug}_metadata.txt"),
                Copy(f"{slug}_metadata.txt.gz"),
            ),
            form="txt",
            dialect="yelpchi",
            columns=METADATA_COLUMNS,
            rows=rows,
            reviewers=reviewers,
            products=products,
            label=FILTERED,
            source="https://shebuti.com/",
            citation=SPEAGLE,
            licence=NOT_STATED,
            mind=FILTER_MIND,
            by_hand=ASK.format(page="https://shebuti.com/", file=f"{name}/metadata"),
        )


def _yelp_open() -> Iterator[Dataset]:
    file = "yelp_academic_dataset_review.json"
    yield Dataset(
        name="yelp-open",
        title="Yelp Open Dataset, reviews",
        what="Reviews of businesses of several cities that Yelp recommends, as Yelp publishes them; the edition of 2022 is counted here.",
        files=(Copy(file), Copy(f"{file}.gz"), Copy(f"Yelp JSON/{file}")),
        form="jsonl",
        dialect="yelp",
        columns="user_id, business_id, stars, date and text; useful, funny and cool are left out.",
        rows=6_990_280,
        products=150_346,
        source="https://business.yelp.com/data/resources/open-dataset/",
        citation="Yelp Open Dataset. Yelp Inc., edition as downloaded.",
        licence="Yelp's dataset licence, to be accepted by hand: academic use, no redistribution.",
        mind=(
            "Only recommended reviews: what the filter held back is missing. A background to plant in, not a set with known fakes.",
            "Places are near each other: local regulars meet again and again without any plan.",
            "Each edition differs; name the one that was used.",
        ),
        by_hand=f"Accept Yelp's licence on the page, download the JSON archive, unpack it, and put {file} there.",
    )


def _movielens() -> Iterator[Dataset]:
    licence = "GroupLens' own: research use, redistribution under the same conditions, no commercial use without permission, cited."
    citation = "F. M. Harper, J. A. Konstan: The MovieLens Datasets: History and Context. ACM TiiS 5(4), 2015."
    honest = "Taken for honest: whatever is called a ring here is a false one, as far as anybody knows."
    sittings = "Users rate dozens of films in one sitting: natural lockstep, a hard negative."
    columns = "userId, movieId, rating (half a star to five) and timestamp; titles and tags lie in other files, not read."
    yield Dataset(
        name="movielens-small",
        title="MovieLens latest-small",
        what="Ratings of films by users who asked for recommendations; the edition of September 2018 is counted here.",
        files=(
            Copy("ml-latest-small/ratings.csv"),
            Copy("ml_latest_small_ratings.csv.gz", MOVIELENS_SMALL),
        ),
        form="csv",
        dialect="movielens",
        columns=columns,
        rows=100_836,
        reviewers=610,
        products=9_724,
        source="https://grouplens.org/datasets/movielens/latest/",
        citation=citation,
        licence=licence,
        mind=(
            honest,
            sittings,
            "GroupLens changes it now and then; figures need its edition.",
            "`ml_latest_small_ratings.csv.gz` is the edition of 2016: 100,004 ratings by 671 users of 9,066 films.",
        ),
        url="https://files.grouplens.org/datasets/movielens/ml-latest-small.zip",
        sha256="696d65a3dfceac7c45750ad32df2c259311949efec81f0f144fdfb91ebc9e436",
        member="ml-latest-small/ratings.csv",
    )
    yield Dataset(
        name="movielens-25m",
        title="MovieLens 25M",
        what="Ratings of films by users who asked for recommendations, January 1995 to November 2019.",
        files=(Copy("ml-25m/ratings.csv"),),
        form="csv",
        dialect="movielens",
        columns=columns,
        rows=25_000_095,
        reviewers=162_541,
        products=59_047,
        source="https://grouplens.org/datasets/movielens/25m/",
        citation=citation,
        licence=licence,
        mind=(honest, sittings),
        url="https://files.grouplens.org/datasets/movielens/ml-25m.zip",
        # Of the archive whose MD5, 6b51fb2759a8657d3bfcbfc42b592ada, GroupLens publishes beside it.
        sha256="8b21cfb7eb1706b4ec0aac894368d90acf26ebdfb6aced3ebd4ad5bd1eb9c6aa",
        member="ml-25m/ratings.csv",
    )


def _bitcoin() -> Iterator[Dataset]:
    for name, title, rows, nodes in (("otc", "OTC", 35_592, 5_881), ("alpha", "Alpha", 24_186, 3_783)):
        file = f"soc-sign-bitcoin{name}.csv"
        yield Dataset(
            name=f"bitcoin-{name}",
            title=f"Bitcoin {title} trust network",
            what=f"How far {nodes:,} people who trade on Bitcoin {title} trust each other. Who rates is the reviewer, who is rated the "
            "product; most are both.",
            files=(Copy(f"{file}.gz"), Copy(file)),
            form="csv",
            header=("reviewer_id", "product_id", "rating", "timestamp"),
            columns="rater, ratee, rating (-10 to 10, never 0) and seconds, parted by commas, without a header.",
            rows=rows,
            source=f"https://snap.stanford.edu/data/soc-sign-bitcoin-{name}.html",
            citation="S. Kumar, F. Spezzano, V. S. Subrahmanian, C. Faloutsos: Edge Weight Prediction in Weighted Signed Networks. ICDM "
            "2016. S. Kumar, B. Hooi, D. Makhija, M. Kumar, C. Faloutsos, V. S. Subrahmanian: REV2: Fraudulent User Prediction in Rating "
            "Platforms. WSDM 2018.",
            licence=NOT_STATED,
            mind=(
                "Who was a fraud is not in the file: REV2's labels, by what the founder and people he trusts said, have to be derived.",
                "People rate each other: one id may stand on both sides, and pairs return each other's ratings.",
                "Ratings run from -10 to 10: a method that takes 3 of 5 for neutral must be told that here it is 0.",
            ),
            url=f"https://snap.stanford.edu/data/{file}.gz",
        )


def _pnas() -> Iterator[Dataset]:
    common = (
        "Products, not reviews: there is no edge to search rings in, and a scan cannot read it.",
        "The products were picked since they bought reviews, and their competitors with them: 43 % is no base rate of a market.",
    )
    by_hand = (
        "Take {theirs} from the authors' replication files, which the paper names, and put it there. `{ours}` holds the same columns and "
        "is taken as well."
    )
    for name, title, ours, theirs, sha256, rows, features in (
        (
            "pnas2022-products",
            "Fake-review buyers, products",
            "pnas2022_products.csv.gz",
            "product_level_data_without_img_feats.csv.gz",
            PNAS,
            3_408,
            "12 features of its reviews and 4 of the network of products that share reviewers",
        ),
        (
            "pnas2022-products-images",
            "Fake-review buyers, products with pictures",
            "pnas2022_products_with_image_features.csv.gz",
            "product_level_data_with_img_feats.csv.gz",
            PNAS_IMAGES,
            3_327,
            "12 features of its reviews, 4 of the network of products that share reviewers, and 15 of pictures",
        ),
    ):
        yield Dataset(
            name=name,
            title=title,
            what="Products of Amazon of which some were seen to buy reviews in groups made for it, and their competitors, 2019 to 2020.",
            files=(Copy(theirs), Copy(ours, sha256)),
            form="csv",
            kind="products",
            columns=f"product_ID, fake, and {features}.",
            rows=rows,
            products=rows,
            label=Label("fake", "1", "0", "The product's seller was seen asking for paid reviews of it."),
            source="https://doi.org/10.1073/pnas.2211932119",
            citation="S. He, B. Hollenbeck, G. Overgoor, D. Proserpio, A. Tosyali: Detecting Fake-Review Buyers Using Network Structure: "
            "Direct Evidence from Amazon. PNAS 119(47), 2022.",
            licence=NOT_STATED,
            mind=common,
            by_hand=by_hand.format(theirs=theirs, ours=ours),
        )


def _nash() -> Iterator[Dataset]:
    yield Dataset(
        name="nash-yelpchi",
        title="Nash-Detect's training attacks on YelpChi",
        what="Five simulated campaigns of 450 fake reviews each on 30 products of YelpChi, by ids of that set.",
        files=(Copy("nash_detect_yelpchi_training.csv", NASH),),
        form="csv",
        kind="attacks",
        columns="attack, reviewer and product; dataset and split are the same in all rows.",
        rows=2_250,
        products=30,
        extra=("attack",),
        source="https://github.com/YingtongDou/Nash-Detect",
        citation="Y. Dou, G. Ma, P. S. Yu, S. Xie: Robust Spammer Detection by Nash Reinforcement Learning. KDD 2020.",
        licence=NOT_STATED,
        mind=(
            "Simulated, with neither times nor ratings: say how you draw them when you plant them (`collusion.simulate.inject.published`).",
            "Each account of the attack Singleton writes one review, so nobody who goes by shared products can find it.",
        ),
        by_hand="The authors keep each campaign in a file of a form that runs code when it is opened, so it is not read here. Write its "
        "pairs as nash_detect_yelpchi_training.csv with the columns dataset, split, attack, reviewer and product.",
    )


def _named(family: str, category: str) -> str:
    return f"{family}-{category.lower().replace('_', '-')}"


def _spaced(category: str) -> str:
    return category.replace("_", " ")


BEAUTY = "a82c2a571a49a1971cb31662e780e500d398104ca0dd5204d5d127387a7ead34"
YELPCHI = "324147cce9a1ea06e95d7517994b85d4a24edf2d16272b1f7ee4174788d791ca"
MOVIELENS_SMALL = "a400fa473d3017022d039cd9a265c89fd96c56403ef9aa16383eda1973a21386"
PNAS = "7ccd14267626992f23cdeadb31d6de27d99e85fb7857513827ca0d4864f1cd43"
PNAS_IMAGES = "7305ac4d8f3e66613fb63de5feafceb4f05f7482f57cb08db6702db131d2f76d"
NASH = "c73f5d8693947288da5ecc86cad7c78f2d03a271b93de4a4e3e551ca7c1653d4"

AMAZON_2014: dict[str, int | None] = {
    "Amazon_Instant_Video": 37_126,
    "Apps_for_Android": 752_937,
    "Automotive": 20_473,
    "Baby": 160_792,
    "Beauty": 198_502,
    "Books": 8_898_041,
    "CDs_and_Vinyl": 1_097_592,
    "Cell_Phones_and_Accessories": 194_439,
    "Clothing_Shoes_and_Jewelry": 278_677,
    "Digital_Music": 64_706,
    "Electronics": 1_689_188,
    "Grocery_and_Gourmet_Food": 151_254,
    "Health_and_Personal_Care": 346_355,
    "Home_and_Kitchen": 551_682,
    "Kindle_Store": 982_619,
    "Movies_and_TV": 1_697_533,
    "Musical_Instruments": 10_261,
    "Office_Products": 53_258,
    "Patio_Lawn_and_Garden": 13_272,
    "Pet_Supplies": 157_836,
    "Sports_and_Outdoors": 296_337,
    "Tools_and_Home_Improvement": 134_476,
    "Toys_and_Games": 167_597,
    "Video_Games": 231_780,
}
"""Reviews by category."""

AMAZON_2018: dict[str, int | None] = {
    "AMAZON_FASHION": 3_176,
    "All_Beauty": 5_269,
    "Appliances": 2_277,
    "Arts_Crafts_and_Sewing": 494_485,
    "Automotive": 1_711_519,
    "Books": 27_164_983,
    "CDs_and_Vinyl": 1_443_755,
    "Cell_Phones_and_Accessories": 1_128_437,
    "Clothing_Shoes_and_Jewelry": 11_285_464,
    "Digital_Music": None,
    "Electronics": 6_739_590,
    "Gift_Cards": None,
    "Grocery_and_Gourmet_Food": 1_143_860,
    "Home_and_Kitchen": 6_898_955,
    "Industrial_and_Scientific": None,
    "Kindle_Store": 2_222_983,
    "Luxury_Beauty": None,
    "Magazine_Subscriptions": None,
    "Movies_and_TV": 3_410_019,
    "Musical_Instruments": None,
    "Office_Products": None,
    "Patio_Lawn_and_Garden": None,
    "Pet_Supplies": 2_098_325,
    "Prime_Pantry": None,
    "Software": 12_805,
    "Sports_and_Outdoors": 2_839_940,
    "Tools_and_Home_Improvement": 2_070_831,
    "Toys_and_Games": 1_828_971,
    "Video_Games": None,
}
"""Reviews by category, where known."""

AMAZON_2023: dict[str, tuple[int, int, int]] = {
    "All_Beauty": (632_000, 112_600, 701_500),
    "Amazon_Fashion": (2_000_000, 825_900, 2_500_000),
    "Appliances": (1_800_000, 94_300, 2_100_000),
    "Arts_Crafts_and_Sewing": (4_600_000, 801_300, 9_000_000),
    "Automotive": (8_000_000, 2_000_000, 20_000_000),
    "Baby_Products": (3_400_000, 217_700, 6_000_000),
    "Beauty_and_Personal_Care": (11_300_000, 1_000_000, 23_900_000),
    "Books": (10_300_000, 4_400_000, 29_500_000),
    "CDs_and_Vinyl": (1_800_000, 701_700, 4_800_000),
    "Cell_Phones_and_Accessories": (11_600_000, 1_300_000, 20_800_000),
    "Clothing_Shoes_and_Jewelry": (22_600_000, 7_200_000, 66_000_000),
    "Digital_Music": (101_000, 70_500, 130_400),
    "Electronics": (18_300_000, 1_600_000, 43_900_000),
    "Gift_Cards": (132_700, 1_100, 152_400),
    "Grocery_and_Gourmet_Food": (7_000_000, 603_200, 14_300_000),
    "Handmade_Products": (586_600, 164_700, 664_200),
    "Health_and_Household": (12_500_000, 797_400, 25_600_000),
    "Health_and_Personal_Care": (461_700, 60_300, 494_100),
    "Home_and_Kitchen": (23_200_000, 3_700_000, 67_400_000),
    "Industrial_and_Scientific": (3_400_000, 427_500, 5_200_000),
    "Kindle_Store": (5_600_000, 1_600_000, 25_600_000),
    "Magazine_Subscriptions": (60_100, 3_400, 71_500),
    "Movies_and_TV": (6_500_000, 747_800, 17_300_000),
    "Musical_Instruments": (1_800_000, 213_600, 3_000_000),
    "Office_Products": (7_600_000, 710_400, 12_800_000),
    "Patio_Lawn_and_Garden": (8_600_000, 851_700, 16_500_000),
    "Pet_Supplies": (7_800_000, 492_700, 16_800_000),
    "Software": (2_600_000, 89_200, 4_900_000),
    "Sports_and_Outdoors": (10_300_000, 1_600_000, 19_600_000),
    "Subscription_Boxes": (15_200, 641, 16_200),
    "Tools_and_Home_Improvement": (12_200_000, 1_500_000, 27_000_000),
    "Toys_and_Games": (8_100_000, 890_700, 16_300_000),
    "Unknown": (23_100_000, 13_200_000, 63_800_000),
    "Video_Games": (2_800_000, 137_200, 4_600_000),
}
"""Reviewers, products and reviews by category."""

DATASETS: dict[str, Dataset] = {
    one.name: one
    for some in (_amazon_2014, _amazon_2018, _amazon_2023, _yelp_filtered, _yelp_open, _movielens, _bitcoin, _pnas, _nash)
    for one in some()
}
"""Every set by its name."""


def markdown(data: Dataset) -> str:
    """Return the card of a set as Markdown."""
    lines = [f"# {data.title}", "", data.what, "", "| | |", "|---|---|", f"| name | `{data.name}` |", f"| a row is | {ROW[data.kind]} |"]
    counts = [f"{count:,} {of}" for count, of in ((data.rows, "rows"), (data.reviewers, "reviewers"), (data.products, "products")) if count]
    lines += [
        f"| size | {'about ' if counts and data.rounded else ''}{', '.join(counts) or 'not known here'} |",
        f"| columns | {data.columns} |",
        f"| labels | {f'`{data.label.column}` {data.label.fake}: {data.label.says}' if data.label else LABELS[data.kind]} |",
        f"| licence | {data.licence} |",
        f"| page | {data.source} |",
        f"| cite | {data.citation} |",
        "",
        "## Mind",
        "",
        *(f"- {one}" for one in data.mind),
        "",
        "## Files",
        "",
        "The first of these that a data folder holds is read:",
        "",
        *(f"- `{copy.name}`{f', SHA-256 {copy.sha256}' if copy.sha256 else ''}" for copy in data.files),
        "",
    ]
    if any(copy.sha256 is None for copy in data.files):
        lines += [f"{UNKNOWN}.", ""]
    lines += ["## How to get it", "", *([_fetching(data)] if data.url else []), *([data.by_hand] if data.by_hand else [])]
    return "\n".join(lines) + "\n"


def _fetching(data: Dataset) -> str:
    taken = f", of which `{data.member}` is kept" if data.member else ""
    known = f"; its SHA-256 is {data.sha256}" if data.sha256 else "; its SHA-256 is not known here"
    return f"`collusion bench data {data.name} --fetch --folder DIR` takes it from {data.url}{taken}{known}."


ROW = {"reviews": "a review", "products": "a product with its features, not a review", "attacks": "a simulated fake review"}

LABELS = {"reviews": "none", "products": "none", "attacks": "every row is fake"}

UNKNOWN = (
    "Where none is given, none is known here: a fetch writes that of what it got beside the file, as NAME.sha256, and from then on the "
    "file is verified against it; for a file put there by hand, `sha256sum NAME > NAME.sha256` does the same"
)
